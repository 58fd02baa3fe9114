"""`python -m tests.generated`: what becomes of many stack files; nothing but an answer is right.

A file is valid, or it is refused with mistakes that say where they are. Whatever else happens is a third outcome: it is
told, the file is kept, and the exit status is 1.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings

from program.prepare import prepare_program
from settings.errors import ConfigurationError
from settings.stackfile import read_stack_file
from tests.generated.damage import stack_files

# The longest that somebody would read, and the longest that somebody would wait.
_LONGEST_MESSAGE = 100_000
_LONGEST_SECONDS = 20


def main() -> int:
    """Exit status: 0 when there was no third outcome."""
    parser = argparse.ArgumentParser(prog="python -m tests.generated", description=__doc__)
    parser.add_argument("--count", type=int, default=10_000, help="how many files")
    parser.add_argument("--seed", type=int, default=1, help="another seed makes other files")
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()), help="where third outcomes are kept")
    options = parser.parse_args()
    started, outcomes, mistakes = time.monotonic(), Counter[str](), 0

    @seed(options.seed)
    @settings(
        max_examples=options.count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(stack_files())
    def each(data: bytes) -> None:
        nonlocal mistakes
        outcome, found = outcome_of(data)
        outcomes[outcome] += 1
        mistakes += found
        if outcome not in ("valid", "refused"):
            kept = options.keep / f"third-{options.seed}-{outcomes.total()}.yaml"
            kept.write_bytes(data)
            print(f"{kept}: {outcome}", file=sys.stderr)

    each()
    third = outcomes.total() - outcomes["valid"] - outcomes["refused"]
    print(
        f"{outcomes.total()} stack files of seed {options.seed} in {time.monotonic() - started:.0f} s:"
        f" {outcomes['valid']} valid, {outcomes['refused']} refused with {mistakes} mistakes in their places,"
        f" {third} of a third outcome"
    )
    return 1 if third else 0


def outcome_of(data: bytes) -> tuple[str, int]:
    """`valid`, `refused` or what happened instead, and the number of mistakes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "Pulumi.made.yaml"
        path.write_bytes(data)
        started = time.process_time()
        try:
            prepare_program(read_stack_file(path), "made")
        except ConfigurationError as error:
            return _refusal(error, time.process_time() - started), len(error.mistakes)
        except BaseException:
            return traceback.format_exc(limit=-3), 0
    return "valid", 0


def _refusal(error: ConfigurationError, seconds: float) -> str:
    if len(str(error)) > _LONGEST_MESSAGE:
        return f"a message of {len(str(error))} characters"
    if seconds > _LONGEST_SECONDS:
        return f"an answer after {seconds:.0f} s"
    without = [found for found in error.mistakes if not (found.place and found.found and found.allowed)]
    return f"no place: {without[0]}" if without else "refused"


if __name__ == "__main__":
    sys.exit(main())
