"""Every declared scrape job has its targets, all are up, and there are no others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from operations.verify.live import Live
from operations.verify.rows import Check, Row, not_yet, passed
from runtimes.console import counted, quoted
from settings.types import seconds

_OTHERS = "no other targets"
# A target's health only says that an exporter or a probe answers; this says it of the service behind it.
_UP = "service:up"
# When that was recorded; a function, so that it is no sample of the moment of asking.
_JUDGED = "timestamp(service:up)"


@dataclass(frozen=True)
class _Service:
    """What is recorded of the service behind a job.

    Attributes:
        up: whether it answers.
        judged: when that was recorded, in seconds since 1970.
    """

    up: bool
    judged: float


def checks(live: Live) -> list[Check]:
    """One row for each job, and one for jobs that nobody declared."""
    names = [f"target {job}" for job in live.declared.targets_by_job]
    return [Check((*names, _OTHERS), lambda: _rows(live))]


def _rows(live: Live) -> list[Row]:
    declared = live.declared.targets_by_job
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for target in live.prometheus.targets():
        found[target["scrapePool"]].append(target)
    services, started = _services(live), _started(live)
    # The job of a service has its name.
    rows = [_row(live, job, count, found[job], services.get(job), started) for job, count in declared.items()]
    others = sorted(found.keys() - declared.keys())
    if others:
        what, up = f"nobody declared {', '.join(others)}", live.declared.up()
        return [*rows, not_yet(_OTHERS, f"{what}: run {up}, which loads what is declared.")]
    return [*rows, passed(_OTHERS, f"{counted(len(declared), 'job')}, all declared")]


def _services(live: Live) -> dict[str, _Service]:
    judged: dict[str, float] = {}
    for labels, at in live.prometheus.query(_JUDGED):
        judged[labels["service"]] = max(at, judged.get(labels["service"], 0))
    down = {labels["service"] for labels, up in live.prometheus.query(_UP) if not up}
    return {name: _Service(name not in down, at) for name, at in judged.items()}


def _started(live: Live) -> dict[str, float]:
    """When each workload started, in seconds since 1970."""
    names = (workload.name for workload in live.declared.program.workloads)
    return {name: found.started for name, found in live.health.workloads(names).items()}


def _row(
    live: Live,
    job: str,
    declared: int | None,
    targets: list[dict[str, Any]],
    service: _Service | None,
    started: Mapping[str, float],
) -> Row:
    name = f"target {job}"
    if declared is None and not targets:
        return not_yet(name, f"nothing is discovered: see that `discover` of {job} says what its targets have.")
    if declared and len(targets) < declared:
        what = f"Prometheus has {len(targets)} of {counted(declared, 'target')}"
        return not_yet(name, f"{what}: run {live.declared.up()}.")
    for target in targets:
        if target["health"] != "up":
            return not_yet(name, _down(target))
        if problem := _stale(job, target, service, started):
            return not_yet(name, problem)
    if service and not service.up:
        what = f"its exporter or probe answers, but {job} does not (service:up is 0)"
        return not_yet(name, f"{what}: see that it runs, and its address and password.")
    return passed(name, f"{counted(len(targets), 'target')} {'discovered, all ' if declared is None else ''}up")


def _stale(job: str, target: dict[str, Any], service: _Service | None, started: Mapping[str, float]) -> str:
    """Why what is known is of before the workload that is asked started anew, with another address or password perhaps.

    Empty when it is not.
    """
    workload = urlsplit(target["scrapeUrl"]).hostname or ""
    since = started.get(workload, 0)
    scraped = datetime.fromisoformat(target["lastScrape"]).timestamp()
    if scraped < since:
        return f"{target['labels']['instance']} was not scraped since {workload} started: wait for its next scrape."
    # By then there was a first scrape, of whichever the last is.
    first = min(scraped, since + 2 * seconds(target["scrapeInterval"]))
    if service and service.judged < first:
        return f"nobody has judged {job} since {workload} started: wait for the next evaluation of its rules."
    return ""


def _down(target: dict[str, Any]) -> str:
    instance = target["labels"]["instance"]
    if target["health"] == "unknown":
        return f"{instance} was not scraped yet: wait for its first scrape."
    error = quoted(target["lastError"])
    return f"{instance} is down ({error}): see that it runs and that Prometheus can reach it."
