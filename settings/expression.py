"""Regular expressions of Go's package regexp, as Prometheus, Alertmanager and the exporters read them."""

from __future__ import annotations

import re
from typing import Annotated

import re2
from pydantic import AfterValidator

from settings.errors import shown
from settings.section import mistake

# Go's parser gives up where 1,000 groups stand inside each other.
_LONGEST = 1000
_MOST_REPEATED = 1000
# What stands for itself or for a class: quoted, escaped, a property such as \p{Greek}.
_ESCAPE = re.compile(r"\\Q.*?(?:\\E|\Z)|\\[pP]\{\^?(\w+)\}|\\.", re.DOTALL)
_CLASS = re.compile(r"\[\^?\]?(?:\[:\^?\w+:\]|[^\]])*\]")
_GROUP = re.compile(r"\((\?P?<)([^>]*)>")
_REPEAT = re.compile(r"\{(\d+)(?:,(\d*))?\}")
# Scripts of Unicode 14 and later, which the binding knows; the exporters that are built here have Go 1.19's Unicode 13.
_LATER_SCRIPTS = frozenset(
    {
        *("Cypro_Minoan", "Old_Uyghur", "Tangsa", "Toto", "Vithkuqi", "Kawi", "Nag_Mundari", "Garay", "Gurung_Khema"),
        *("Kirat_Rai", "Ol_Onal", "Sunuwar", "Todhri", "Tulu_Tigalari"),
    }
)
_QUIET = re2.Options()
_QUIET.log_errors = False


def _expression(text: str) -> str:
    if why := _not_in_go(text) or _not_in_re2(text):
        raise mistake(
            f"{shown(text)} ({why})", "a regular expression of Go's (RE2: without lookaround and back references)"
        )
    return text


def _not_in_go(text: str) -> str:
    """Why Go refuses what RE2's binding takes; empty where it does not."""
    escapes = [*_ESCAPE.finditer(text)]
    # What is left has its parentheses and braces from the grammar.
    rest = _CLASS.sub("", _ESCAPE.sub("", text))
    groups = _GROUP.findall(rest)
    names = [name for _, name in groups]
    if not text:
        return "empty: it matches every text"
    if len(text) > _LONGEST:
        return f"more than {_LONGEST} characters"
    if any(escape[0] == r"\C" for escape in escapes):
        return "\\C, which Go's do not have"
    if later := next((escape[1] for escape in escapes if escape[1] in _LATER_SCRIPTS), None):
        return f"{later}, which Go's do not have before Unicode 14"
    if any(opening == "?<" for opening, _ in groups):
        return "(?<name>, which Go's do not have before 1.22: write (?P<name>"
    if not all(name.isascii() for name in names):
        return "a group's name of other letters than a to z"
    if len(names) != len(set(names)):
        return "two groups of one name"
    if any(int(count or 0) > _MOST_REPEATED for counts in _REPEAT.findall(rest) for count in counts):
        return f"more than {_MOST_REPEATED} times"
    return ""


def _not_in_re2(text: str) -> str:
    try:
        re2.compile(text, _QUIET)
    except re2.error as error:
        problem = error.args[0]
        return problem.decode("utf-8", "replace") if isinstance(problem, bytes) else str(problem)
    return ""


Expression = Annotated[str, AfterValidator(_expression)]
"""A regular expression that is not empty."""
