"""What a stack extends: `settings.stackfile` has laid it under the rest where there is a file that says so."""

from __future__ import annotations

from collections.abc import Iterator

from settings.checks.checked import Checked
from settings.errors import Mistake, shown
from settings.stackfile import EXTENDS, WITHOUT


def check(checked: Checked) -> Iterator[Mistake]:
    """Yield what names another file in settings that come from none."""
    for key in (EXTENDS, WITHOUT):
        if key in checked.raw:
            action = "Merge what they share before you pass them."
            yield Mistake(key, shown(checked.raw[key]), "nothing in settings that are no file", action)
