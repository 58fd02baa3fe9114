"""`python -m tests.mutation [GROUP ...]`: lie about every rule, and list the lies that no test notices.

Exit status: 0 when every survivor is explained in `survivors.yml` and there are few of them, otherwise 1.
"""

from __future__ import annotations

import argparse
import sys
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
    mutants = hunted(named or groups())
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("rules lied about", total=len(mutants))
        found = survivors(str(tool_path("promtool")), mutants, lambda number: progress.advance(task, number))
    alive = {mutant.name for mutant in found}
    explained = yaml.safe_load(EXPLAINED.read_text(encoding="utf-8")) or {}
    for name in sorted(alive):
        console.print(f"survived: {name}: {explained.get(name, 'NOT EXPLAINED')}", highlight=False)
    ours = {name for name in explained if name.partition(":")[0] in (named or groups())}
    for name in sorted(ours - alive):
        console.print(f"explained, but noticed: {name}; remove it from {EXPLAINED.name}", highlight=False)
    share = len(alive) / len(mutants)
    console.print(f"mutants {len(mutants)}, noticed {len(mutants) - len(alive)}, survived {len(alive)} ({share:.1%})")
    return int(share > LARGEST_SHARE or bool(alive - explained.keys()) or bool(ours - alive))


if __name__ == "__main__":
    sys.exit(main())
