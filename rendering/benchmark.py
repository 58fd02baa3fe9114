"""`python -m rendering.benchmark`: how plan and render grow with the number of services.

Prints seconds and resources for each number of services. Times of one run compare with each other, not with those of
another machine or hour.
"""

from __future__ import annotations

import argparse
import sys
import time

from program.prepare import prepare_program
from rendering.render import render_tree
from settings.stackfile import RawConfiguration
from workloads.program import Program

# Every fifth service brings an exporter, and so a container; the others are scraped where they are.
_KINDS = ("fastapi", "node", "redis", "http", "probe")


def main() -> int:
    """Print one line for each number of services."""
    parser = argparse.ArgumentParser(prog="python -m rendering.benchmark", description=__doc__)
    parser.add_argument("counts", nargs="*", type=int, default=[3, 10, 30, 100, 300], help="numbers of services")
    counts = parser.parse_args().counts
    render_tree(_program(1))
    print("services  plan s  render s  s/service  files  kilobytes  workloads")
    for count in counts:
        started = time.perf_counter()
        program = _program(count)
        planned = time.perf_counter()
        files = render_tree(program)
        rendered = time.perf_counter()
        size = sum(len(text) for text in files.values()) / 1000
        print(
            f"{count:8d}  {planned - started:6.2f}  {rendered - planned:8.2f}  {(rendered - started) / count:9.4f}"
            f"  {len(files):5d}  {size:9.0f}  {len(program.workloads):9d}"
        )
    return 0


def _program(count: int) -> Program:
    services = [_service(number) for number in range(count)]
    return prepare_program(RawConfiguration("benchmark", {"services": services}), "benchmark")


def _service(number: int) -> dict[str, object]:
    kind = _KINDS[number % len(_KINDS)]
    entry: dict[str, object] = {"name": f"s{number}", "kind": kind, "target": f"host-{number}:8000", "owner": "team"}
    if kind in ("fastapi", "node", "http"):
        entry["slo"] = {"availability": 0.999}
        entry["alerts"] = {"HighLatency": {"threshold": 1.5}}
    return entry


if __name__ == "__main__":
    sys.exit(main())
