"""`python -m tests.mutation [GROUP ...]`: lie about every rule, and list the lies that no test notices.

Exit status: 0 when every survivor is explained in `survivors.yml` and there are few of them, otherwise 1.
"""

from __future__ import annotations

import argparse
import resource
import sys
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
    tried, alive, known = 0, 0, True
    for group in named or groups():
        mutants = hunted([group])
        with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
            task = progress.add_task(group, total=len(mutants))
            advance = partial(progress.advance, task)
            names = {mutant.name for mutant in survivors(str(tool_path("promtool")), mutants, advance)}
        for name in sorted(names):
            console.print(f"survived: {name}: {explained.get(name, 'NOT EXPLAINED')}", highlight=False)
        noticed = {name for name in explained if name.partition(":")[0] == group} - names
        for name in sorted(noticed):
            console.print(f"explained, but noticed: {name}; remove it from {EXPLAINED.name}", highlight=False)
        console.print(
            f"{group}: mutants {len(mutants)}, survived {len(names)}, {_processor_time()} s of processor time"
        )
        tried, alive, known = (
            tried + len(mutants),
            alive + len(names),
            known and names <= explained.keys() and not noticed,
        )
    share = alive / tried
    console.print(f"mutants {tried}, noticed {tried - alive}, survived {alive} ({share:.1%})")
    return int(share > LARGEST_SHARE or not known)


def _processor_time() -> int:
    """Seconds that this process and promtool have taken of a processor since the start."""
    spent = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return round(sum(usage.ru_utime + usage.ru_stime for usage in spent))


if __name__ == "__main__":
    sys.exit(main())
