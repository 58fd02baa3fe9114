"""A store's name where the name of a signal belongs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from settings.checks.checked import Checked
from settings.errors import Mistake
from settings.known import Known


def check(checked: Checked) -> Iterator[Mistake]:
    """Yield every section that is named after a store."""
    sections = _sections(checked.known)
    for key in checked.raw:
        if key in sections:
            section = sections[key]
            yield Mistake(key, "a section named after a store", section, f"Write {section}: {{store: {key}, …}}.")


def store_keys(raw: Mapping[str, object], known: Known) -> frozenset[str]:
    """Keys that are a store's name: no section has such a name."""
    return frozenset(raw.keys() & _sections(known).keys())


def _sections(known: Known) -> dict[str, str]:
    """The section that a store's settings belong into, by the store's name."""
    return {
        **{store.name: "logs" for store in known.log_stores},
        **{store.name: "traces" for store in known.trace_stores},
    }
