"""One name, one thing: no two public classes or types of the product are called the same."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

from tests.tree import ROOT

PACKAGES = sorted(path.parent.name for path in ROOT.glob("*/__init__.py") if path.parent.name != "tests")


# A class, or a name for a type: `Name = …` in capitals and small letters.
_DEFINED = re.compile(r"^(?:class ([A-Z]\w*)|([A-Z]\w*)(?:: \w+)? = )", re.MULTILINE)


def places_of_types(root: Path) -> dict[str, list[str]]:
    """Where each public class or type is defined, by its name."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(file for package in PACKAGES for file in (root / package).rglob("*.py")):
        for defined in _DEFINED.finditer(path.read_text(encoding="utf-8")):
            name = defined[1] or defined[2]
            if not name.isupper():
                found[name].append(str(path.relative_to(root)))
    return found


def test_no_two_public_classes_or_types_have_one_name() -> None:
    found = places_of_types(ROOT)
    assert len(found) > 200
    assert {name: places for name, places in found.items() if len(places) > 1} == {}
