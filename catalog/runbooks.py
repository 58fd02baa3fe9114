"""The runbook of each alert, as Markdown; `runbooks/README.md` says what placeholders and runtimes' blocks mean."""

from __future__ import annotations

import re
from functools import cache

from catalog.alerts import RULES

RUNBOOKS = RULES.parent / "runbooks"
GUIDE = "README"
"""The page about all the others: how to ask, and what placeholders stand for."""
_FIRST_SENTENCE = re.compile(r"^## Meaning\n(.+?[^.]\.)(?=\s|$)", re.MULTILINE)


@cache
def runbook_text(name: str) -> str:
    """A page, by the name of its alert or `GUIDE`."""
    return (RUNBOOKS / f"{name}.md").read_text(encoding="utf-8")


@cache
def meaning(alert: str) -> str:
    """What an alert means, in a sentence: the first of its runbook.

    Raises:
        ValueError: when the page has none.
    """
    found = _FIRST_SENTENCE.search(runbook_text(alert))
    if found is None:
        raise ValueError(f"runbooks/{alert}.md: no sentence after `## Meaning`")
    return found[1]
