"""What is compared beside the runtime's own things, one file for each sort. Each has an `AREA`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from operations.drift.areas import alertmanager, dashboards, prometheus, rules, sources, stack_file
from operations.drift.stack import DriftingStack
from runtimes.drift import Area

_AREAS = (stack_file, prometheus, rules, alertmanager, sources, dashboards)


def areas_of(stack: DriftingStack) -> Iterator[Area]:
    """All of them for a stack."""
    for area in _AREAS:
        yield Area(area.NAME, partial(area.compare, stack))
