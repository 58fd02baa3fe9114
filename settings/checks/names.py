"""Names of services."""

from __future__ import annotations

from collections.abc import Iterator

from settings.checks.checked import Checked
from settings.errors import Mistake, shown


def check(checked: Checked) -> Iterator[Mistake]:
    """Yield every name that is taken, by another service or by the stack itself."""
    seen: set[str] = set()
    for index, entry in checked.entries.items():
        name = entry.get("name")
        if not isinstance(name, str):
            continue
        if name in seen:
            yield Mistake(f"services[{index}].name", shown(name), "a name no other service has", "Rename one of them.")
        if name in checked.known.reserved_names:
            yield Mistake(
                f"services[{index}].name",
                shown(name),
                "a name the stack does not use itself",
                "The stack monitors its own components already; remove the entry or rename it.",
            )
        seen.add(name)
