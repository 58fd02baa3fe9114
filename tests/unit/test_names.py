"""One name, one thing: no two public classes or types of the product are called the same."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from tests.tree import ROOT

PACKAGES = sorted(path.parent.name for path in ROOT.glob("*/__init__.py") if path.parent.name != "tests")


def named(module: ast.Module) -> Iterator[str]:
    """Public classes of a module, and what it calls a type: `Name = …` in capitals and small letters."""
    for statement in module.body:
        if isinstance(statement, ast.ClassDef):
            yield statement.name
        elif isinstance(statement, ast.Assign):
            yield from (target.id for target in statement.targets if isinstance(target, ast.Name))


def is_a_type(name: str) -> bool:
    return name[0].isupper() and not name.isupper()


def places_of_types(root: Path) -> dict[str, list[str]]:
    """Where each public class or type is defined, by its name."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(file for package in PACKAGES for file in (root / package).rglob("*.py")):
        module = ast.parse(path.read_text(encoding="utf-8"))
        for name in filter(is_a_type, named(module)):
            found[name].append(str(path.relative_to(root)))
    return found


def test_no_two_public_classes_or_types_have_one_name() -> None:
    found = places_of_types(ROOT)
    assert len(found) > 200
    assert {name: places for name, places in found.items() if len(places) > 1} == {}
