"""Whatever stands in a file, its text is read, or what is wrong with it is said with its line."""

from __future__ import annotations

import time

import pytest

from settings.yamltext import DEEPEST, LARGEST, read_yaml

BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{after}: &{after} [{', '.join([f'*{before}'] * 10)}]\n"
    for before, after in zip("abcdefgh", "bcdefghi", strict=True)
)


def wrong(text: str | bytes) -> list[str]:
    """Every mistake in a text."""
    data = text.encode() if isinstance(text, str) else text
    return [str(mistake) for mistake in read_yaml(data, "made.yaml").mistakes]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("5", 5),
        ("-7", -7),
        ("0x1F", 31),
        ("0o17", 15),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("!!str 5", "5"),
        ("!!int '5'", 5),
        # As the engine reads them: text.
        ("yes", "yes"),
        ("off", "off"),
        ("22:30", "22:30"),
        ("2026-01-01", "2026-01-01"),
        ("010", "010"),
        ("1_000", "1_000"),
    ],
)
def test_a_value_is_read_as_the_engine_reads_it(written: str, value: object) -> None:
    found = read_yaml(f"key: {written}\n".encode(), "made.yaml")
    assert found.mistakes == []
    assert found.value == {"key": value}
    assert isinstance(found.value, dict)
    assert type(found.value["key"]) is type(value)


def test_aliases_and_merges_are_read_and_what_a_mapping_says_itself_wins() -> None:
    text = "base: &base {a: 1, b: 2}\none: {<<: *base, b: 3}\ntwo: {<<: [{c: 4}, *base]}\nlist: [*base]\n"
    assert read_yaml(text.encode(), "made.yaml").value == {
        "base": {"a": 1, "b": 2},
        "one": {"b": 3, "a": 1},
        "two": {"c": 4, "a": 1, "b": 2},
        "list": [{"a": 1, "b": 2}],
    }


def test_the_line_of_every_key_and_of_every_entry_is_known() -> None:
    found = read_yaml(b"a:\n  - b: 1\n    c: 2\n  -\n    d: 3\n", "made.yaml")
    assert found.lines == {"a": 1, "a[0]": 2, "a[0].b": 2, "a[0].c": 3, "a[1]": 5, "a[1].d": 5}


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    assert read_yaml(b"\xef\xbb\xbfa: 1\n", "made.yaml").value == {"a": 1}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param(
            "x:\n  y: !!int abc\n",
            "x.y (line 2): found 'abc' with the tag !!int. Allowed: text, numbers, true, false, lists and mappings. "
            "Leave the tag out.",
            id="a tag that its value does not fit",
        ),
        pytest.param(
            "x: !!bool maybe\n",
            "x (line 1): found 'maybe' with the tag !!bool. Allowed: text, numbers, true, false, lists and mappings. "
            "Leave the tag out.",
            id="another one",
        ),
        pytest.param(
            "x: !!python/object/apply:os.system [id]\n",
            "x (line 1): found the tag !!python/object/apply:os.system. Allowed: text, numbers, true, false, lists and "
            "mappings. Leave the tag out.",
            id="a tag that runs something elsewhere",
        ),
        pytest.param(
            "x: !!binary aGk=\n",
            "x (line 1): found the tag !!binary. Allowed: text, numbers, true, false, lists and mappings. "
            "Leave the tag out.",
            id="bytes",
        ),
        pytest.param(
            "a: 1\nb: 2\na: 3\n",
            "a (line 3): found a key that stands there twice. Allowed: each key once. The first is in line 1.",
            id="a key that stands there twice",
        ),
        pytest.param(
            "a: {8080: x}\n",
            "a.8080 (line 1): found a key that is no text, '8080'. Allowed: text for a key. "
            'Write it in quotes: "8080".',
            id="a number for a key",
        ),
        pytest.param(
            "a:\n  ? [b]\n  : c\n",
            "a.? (line 2): found a list or a mapping for a key. Allowed: text for a key.",
            id="a list for a key",
        ),
        pytest.param(
            "a: &a [*a]\n", "made.yaml (line 1): found *a inside of &a. Allowed: an alias that ends.", id="a circle"
        ),
        pytest.param(
            "x: 1\na: *b\n",
            "made.yaml (line 2): found no valid YAML (column 4: found undefined alias). Allowed: a YAML mapping.",
            id="an alias of nothing",
        ),
        pytest.param(
            BOMB,
            "made.yaml (line 6): found more than 200,000 values, those that aliases repeat among them. "
            "Allowed: 200,000 values at most.",
            id="a bomb of aliases",
        ),
        pytest.param(
            "[" * 100_000,
            "made.yaml (line 1): found more than 100 levels. Allowed: 100 levels at most. Take it apart.",
            id="no end of levels",
        ),
        pytest.param(
            b"a: 1\nb: caf\xe9\n",
            "made.yaml (line 2): found byte 0xe9, which is no UTF-8. Allowed: text in UTF-8. Save it in that encoding.",
            id="another encoding",
        ),
        pytest.param(
            "a: 1".encode("utf-16"),
            "made.yaml (line 1): found byte 0xff, which is no UTF-8. Allowed: text in UTF-8. Save it in that encoding.",
            id="an encoding of two bytes",
        ),
        pytest.param(
            "a: 1\nb: \x00\n",
            "made.yaml (line 2): found the character '\\x00'. Allowed: text that can be seen. Remove it.",
            id="a character that is none",
        ),
        pytest.param(
            "a:\n\tb: 1\n",
            "made.yaml (line 2): found no valid YAML (column 1: found character that cannot start any token). "
            "Allowed: a YAML mapping. YAML is indented by blanks, not by tabs.",
            id="a tab",
        ),
        pytest.param(
            "a: 1\n---\nb: 2\n",
            "made.yaml (line 2): found no valid YAML (column 1: but found another document). Allowed: a YAML mapping.",
            id="two documents",
        ),
        pytest.param(
            "x" * (LARGEST + 1),
            "made.yaml: found more than 1,000,000 bytes. Allowed: a file of 1,000,000 bytes at most.",
            id="a large file",
        ),
        pytest.param(
            f"a: {'9' * 5000}\n",
            f"a (line 1): found '{'9' * 58}…. Allowed: a number of 40 digits at most.",
            id="a number without end",
        ),
    ],
)
def test_what_is_wrong_with_a_text_is_told_with_its_line(text: str | bytes, sentence: str) -> None:
    assert wrong(text) == [sentence]


def test_every_mistake_that_leaves_the_rest_readable_is_told_at_once() -> None:
    found = read_yaml(b"a: !!int b\nc: {d: 1, d: 2}\n1: e\nf: 6\n", "made.yaml")
    assert [mistake.path for mistake in found.mistakes] == ["a", "c.d", "1"]
    assert found.value == {"a": "b", "c": {"d": 1}, "1": "e", "f": 6}


@pytest.mark.parametrize("levels", [DEEPEST, DEEPEST + 1])
def test_as_many_levels_as_are_allowed_are_read(levels: int) -> None:
    assert bool(wrong("[" * levels + "]" * levels)) == (levels > DEEPEST)


def test_an_alias_counts_with_the_levels_of_what_it_repeats() -> None:
    half = "[" * 60 + "]" * 60
    assert wrong(f"a: &a {half}\nb: {'[' * 30}*a{']' * 30}\n") == []
    assert wrong(f"a: &a {half}\nb: {'[' * 60}*a{']' * 60}\n") != []


def test_a_bomb_is_refused_in_under_a_second() -> None:
    started = time.process_time()
    assert wrong(BOMB)
    assert time.process_time() - started < 1
