"""What building cost: the CPU and wall time of the last run of every step, as `process.run_long` records it.

A step with nothing to do runs no program and so keeps the figures of its last real run. A compile that finds packages
in Go's cache costs less than a cold one; for cold figures build with an empty GOCACHE and MONITORING_CACHE.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from images.cache import cache_root
from images.errors import ImagesError
from images.process import COST_SUFFIX


@dataclass(frozen=True, slots=True)
class Cost:
    """One step of one component, in seconds; `cpu` counts every core, `wall` is the time on the clock."""

    component: str
    step: str
    cpu: float
    wall: float


def recorded(logs: Path | None = None) -> tuple[Cost, ...]:
    """Every step that has been run with this cache, by component and step."""
    found = []
    for path in (logs or cache_root() / "logs").glob(f"*{COST_SUFFIX}"):
        try:
            found.append(Cost(**json.loads(path.read_text(encoding="utf-8"))))
        except (ValueError, TypeError) as error:
            raise ImagesError(f"{path} is not a record of a build ({error}); delete it.") from error
    return tuple(sorted(found, key=lambda cost: (cost.component, cost.step)))


def table(costs: Sequence[Cost], names: Iterable[str] | None = None) -> str:
    """The costs of the named components, all by default, one a line, the dearest first; then their sum.

    Raises:
        ImagesError: nothing was recorded, or nothing of a component that was named.
    """
    present = {cost.component for cost in costs}
    wanted = present if names is None else set(names)
    unknown = sorted(wanted - present)
    if unknown or not wanted:
        raise ImagesError(
            f"No build of {', '.join(unknown) or 'anything'} is recorded in {cache_root() / 'logs'}; build it first."
        )
    rows = [(name, *_sum(cost for cost in costs if cost.component == name)) for name in wanted]
    rows.sort(key=lambda row: (-row[1], row[0]))
    rows.append(("sum", *_sum(cost for cost in costs if cost.component in wanted)))
    width = max(len(row[0]) for row in rows)
    lines = [f"{'component':<{width}}  {'CPU s':>7}  {'wall s':>7}"]
    lines += [f"{name:<{width}}  {cpu:>7.0f}  {wall:>7.0f}" for name, cpu, wall in rows]
    return "\n".join(lines)


def _sum(costs: Iterable[Cost]) -> tuple[float, float]:
    """CPU and wall seconds together."""
    chosen = tuple(costs)
    return sum(cost.cpu for cost in chosen), sum(cost.wall for cost in chosen)
