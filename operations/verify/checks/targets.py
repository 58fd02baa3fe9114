"""Every declared scrape job has its targets, all are up, and there are no others."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from operations.verify.live import Live
from operations.verify.rows import Check, Row, not_yet, passed
from runtimes.console import counted, quoted

_OTHERS = "no other targets"
# A target's health only says that an exporter or a probe answers; this says it of the service behind it.
_DOWN = "service:up == 0"


def checks(live: Live) -> list[Check]:
    """One row for each job, and one for jobs that nobody declared."""
    names = [f"target {job}" for job in live.declared.targets_by_job]
    return [Check((*names, _OTHERS), lambda: _rows(live))]


def _rows(live: Live) -> list[Row]:
    declared = live.declared.targets_by_job
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for target in live.prometheus.targets():
        found[target["scrapePool"]].append(target)
    # The job of a service has its name.
    down = {labels["service"] for labels, _ in live.prometheus.query(_DOWN)}
    rows = [_row(live, job, count, found[job], job not in down) for job, count in declared.items()]
    others = sorted(found.keys() - declared.keys())
    if others:
        what, up = f"nobody declared {', '.join(others)}", live.declared.up()
        return [*rows, not_yet(_OTHERS, f"{what}: run {up}, which loads what is declared.")]
    return [*rows, passed(_OTHERS, f"{counted(len(declared), 'job')}, all declared")]


def _row(live: Live, job: str, declared: int | None, targets: list[dict[str, Any]], up: bool) -> Row:
    name = f"target {job}"
    if declared is None and not targets:
        return not_yet(name, f"nothing is discovered: see that `discover` of {job} says what its targets have.")
    if declared and len(targets) < declared:
        what = f"Prometheus has {len(targets)} of {counted(declared, 'target')}"
        return not_yet(name, f"{what}: run {live.declared.up()}.")
    for target in targets:
        if target["health"] != "up":
            return not_yet(name, _down(target))
    if not up:
        what = f"its exporter or probe answers, but {job} does not (service:up is 0)"
        return not_yet(name, f"{what}: see that it runs, and its address and password.")
    return passed(name, f"{counted(len(targets), 'target')} {'discovered, all ' if declared is None else ''}up")


def _down(target: dict[str, Any]) -> str:
    instance = target["labels"]["instance"]
    if target["health"] == "unknown":
        return f"{instance} was not scraped yet: wait for its first scrape."
    error = quoted(target["lastError"])
    return f"{instance} is down ({error}): see that it runs and that Prometheus can reach it."
