"""Who asks on behalf of probes."""

from __future__ import annotations

from collections.abc import Iterator

from settings.checks.checked import Checked
from settings.errors import Mistake, did_you_mean, listed, shown
from settings.service import OWN_PROBER


def check(checked: Checked) -> Iterator[Mistake]:
    """Yield every name in `probers` that is no prober's."""
    kinds = {str(entry.get("name")): entry.get("kind") for entry in checked.entries.values()}
    there = {OWN_PROBER, *(name for name, kind in kinds.items() if kind == "prober")}
    for index, entry in checked.entries.items():
        wanted = entry.get("probers")
        for position, name in enumerate(wanted if isinstance(wanted, list) else []):
            if not isinstance(name, str) or name in there:
                continue
            found = f"{shown(name)}, a service of kind {kinds[name]}" if name in kinds else shown(name)
            near = did_you_mean(name, there) or f"Declare it: name: {name}, kind: prober, and its target."
            path = f"services[{index}].probers[{position}]"
            yield Mistake(path, found, f"a service of kind prober, or {OWN_PROBER}: {listed(there)}", near)
