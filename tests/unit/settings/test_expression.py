"""Regular expressions: taken as Go takes them, its earlier versions too."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from settings.expression import Expression

ADAPTER: TypeAdapter[str] = TypeAdapter(Expression)


@pytest.mark.parametrize(
    "text",
    [
        *(r"degraded\z", "(?i)down", "(?P<a>x)(?P<b>y)", r"\Q$x", r"\Qa.b\E+", "x{1000}", r"\x{1F600}", "🚀+", r"\pL"),
        *(r"\p{Greek}", r"\\C", "[[:alpha:]]+", "[]a]", "{x}", "a{,5}", "(?U)a+", "a*?", "a|", "100%", "a\nb"),
        # What is quoted or in a class is no group and no count.
        *(r"\Q(?P<n>\E(?P<n>y)", "[(?P<n>](?P<n>y)", r"\(?P<n>", r"\Qa{2000}", "[{2000}]", r"a\{2000}", r"\QC\E"),
    ],
)
def test_what_go_takes_is_taken(text: str) -> None:
    assert ADAPTER.validate_python(text) == text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        (r"degraded\Z", "invalid escape sequence"),
        ("(?=x)", "invalid perl operator"),
        (r"(a)\1", "invalid escape sequence"),
        ("x{1001}", "more than 1000 times"),
        # RE2 itself takes a count that it cannot read for text.
        ("x{2147483648}", "more than 1000 times"),
        ("x{1,99999999999}", "more than 1000 times"),
        ("[a", "missing ]"),
        ("x**", "bad repetition"),
        ("a++", "bad repetition"),
        (r"\C", "which Go's do not have"),
        ("(?P<a>x)(?P<a>y)", "two groups of one name"),
        ("(?<a>x)", "before 1.22: write (?P<name>"),
        ("(?P<é>x)", "other letters"),
        (r"\p{Kawi}", "before Unicode 14"),
        (r"[a\P{^Toto}]", "before Unicode 14"),
        ("x" * 1001, "more than 1000 characters"),
    ],
)
def test_what_some_go_refuses_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(ValidationError) as refused:
        ADAPTER.validate_python(text)
    assert why in refused.value.errors()[0]["ctx"]["found"]
