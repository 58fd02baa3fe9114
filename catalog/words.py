"""Names that other programs gave: users, queues, databases. What they become part of needs no quoting."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

from settings.section import mistake

_WORD = re.compile(r"[A-Za-z0-9_.-]+")


def _word(value: str) -> str:
    if not _WORD.fullmatch(value):
        raise mistake(repr(value), "letters, digits, dots, dashes and underscores")
    return value


Word = Annotated[str, AfterValidator(_word)]
