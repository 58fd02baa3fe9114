"""`python -m rendering`: write `rendered/<stack>/` for each stack file, or check that it is current."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rendering.render import program_in_tree, render_tree
from runtimes.files import read_directory
from runtimes.secrets import with_given
from settings.errors import ConfigurationError
from settings.stackfile import check_stack_name, read_stack_file

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Exit status: 0 done or current, 1 stale, 2 mistakes in a stack file, which keep no other from being written."""
    parser = argparse.ArgumentParser(prog="python -m rendering", description=__doc__)
    parser.add_argument("--stack", action="append", help="stack to render; default: every Pulumi.<stack>.yaml")
    parser.add_argument("--check", action="store_true", help="write nothing; fail when the tree is stale")
    parser.add_argument("--output", type=Path, default=ROOT / "rendered", help="folder of the tree")
    arguments = parser.parse_args()
    files = sorted(path.name for path in ROOT.glob("Pulumi.*.yaml"))
    stacks = arguments.stack or [name.removeprefix("Pulumi.").removesuffix(".yaml") for name in files]
    stale: list[str] = []
    mistaken = False
    for stack in stacks:
        try:
            check_stack_name(stack)
            program = program_in_tree(with_given(read_stack_file(ROOT / f"Pulumi.{stack}.yaml"), stack), stack)
        except ConfigurationError as error:
            print(error, file=sys.stderr)
            mistaken = True
            continue
        for remark in program.remarks:
            print(f"{stack}: {remark}", file=sys.stderr)
        stale += [] if _is_written(arguments.output / stack, render_tree(program), arguments.check) else [stack]
    for stack in stale:
        print(f"rendered/{stack} is stale: run `make render` and commit what changed", file=sys.stderr)
    return 2 if mistaken else 1 if stale else 0


def _is_written(folder: Path, files: dict[str, str], check: bool) -> bool:
    """Whether the folder holds exactly these files; unless only checking, it does afterwards."""
    # Secret files that somebody put there to apply the tree by hand are theirs: neither counted nor removed.
    written = {name for name in read_directory(folder) if not name.startswith("secrets/")}
    current = written == files.keys() and all((folder / name).read_text("utf-8") == files[name] for name in files)
    if check or current:
        print(f"{folder.name}: {len(files)} files, {'current' if current else 'stale'}")
        return current
    for name in written - files.keys():
        (folder / name).unlink()
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    print(f"{folder.name}: {len(files)} files written")
    return True


if __name__ == "__main__":
    sys.exit(main())
