"""`python -m tests.mutation [GROUP ...]`: lie about every rule, and list the lies that no test notices.

Exit status: 0 when every survivor is explained in `survivors.yml` and there are few of them, otherwise 1.
"""

from __future__ import annotations

import argparse
import resource
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import yaml
from rich.console import Console
from rich.progress import Progress

from images.build import tool_path
from tests.mutation.hunt import groups, hunted, survivors

EXPLAINED = Path(__file__).resolve().parent / "survivors.yml"
# Of all mutants of all rule files.
LARGEST_SHARE = 0.03


def main() -> int:
    """Hunt the mutants of the named groups, or of all."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("groups", nargs="*", metavar="GROUP", help="rule files, without .rules.yml; default: all")
    named = parser.parse_args().groups
    unknown = sorted(set(named) - set(groups()))
    if unknown:
        parser.error(f"no such rule file: {', '.join(unknown)}. There are {', '.join(groups())}.")
    console = Console(soft_wrap=True)
    explained = yaml.safe_load(EXPLAINED.read_text(encoding="utf-8")) or {}
    results = [_hunt(console, group, explained) for group in named or groups()]
    tried, alive = (sum(counts) for counts in zip(*((each.tried, each.alive) for each in results), strict=True))
    share = alive / tried
    console.print(
        f"mutants {tried}, noticed {tried - alive}, survived {alive} ({share:.1%}), "
        f"{_processor_seconds():.0f} s of processor time"
    )
    return int(share > LARGEST_SHARE or not all(each.explained for each in results))


@dataclass(frozen=True)
class Result:
    """Of a rule file: mutants tried, those that survived, and whether exactly these are explained."""

    tried: int
    alive: int
    explained: bool


def _hunt(console: Console, group: str, explained: Mapping[str, str]) -> Result:
    """Hunt the mutants of a rule file, and say which survived and what it took."""
    mutants, before = hunted([group]), _processor_seconds()
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(group, total=len(mutants))
        found = survivors(str(tool_path("promtool")), mutants, partial(progress.advance, task))
    alive = {mutant.name for mutant in found}
    for name in sorted(alive):
        console.print(f"survived: {name}: {explained.get(name, 'NOT EXPLAINED')}", highlight=False)
    ours = {name for name in explained if name.partition(":")[0] == group}
    for name in sorted(ours - alive):
        console.print(f"explained, but noticed: {name}; remove it from {EXPLAINED.name}", highlight=False)
    spent = _processor_seconds() - before
    console.print(f"{group}: mutants {len(mutants)}, survived {len(alive)}, {spent:.0f} s of processor time")
    return Result(len(mutants), len(alive), alive == ours)


def _processor_seconds() -> float:
    """What this process and promtool have taken of a processor since the start."""
    spent = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in spent)


if __name__ == "__main__":
    sys.exit(main())
