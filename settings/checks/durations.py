"""Intervals that are too long for the rules' five-minute windows, and retention that is too short for its store."""

from __future__ import annotations

from collections.abc import Iterator

from settings.checks.checked import Checked
from settings.errors import Mistake, shown
from settings.known import Known
from settings.model import StackSettings
from settings.store import chosen_store
from settings.types import seconds

# A rate over five minutes needs several samples, and the heartbeat one in two minutes.
_LONGEST_INTERVAL = "1m"
_HOUR = 3600


def check(checked: Checked) -> Iterator[Mistake]:
    """Yield every interval that is too long for the rules, and every retention that is too short."""
    services, settings = checked.services, checked.settings
    intervals = {f"services[{index}].scrape_interval": service.scrape_interval for index, service in services.items()}
    if settings:
        for key in ("scrape_interval", "evaluation_interval"):
            intervals[f"prometheus.{key}"] = getattr(settings.prometheus, key)
        yield from _stored(settings, checked.known)
    for path, interval in intervals.items():
        if interval and seconds(interval) > seconds(_LONGEST_INTERVAL):
            action = "Rules read five-minute windows, which need several samples."
            yield Mistake(path, shown(interval), f"a duration up to {_LONGEST_INTERVAL}", action)


def _stored(settings: StackSettings, known: Known) -> Iterator[Mistake]:
    source, retention = settings.images.source, settings.retention
    logs = chosen_store(settings.logs.store, source, known.log_stores)
    traces = chosen_store(settings.traces.store, source, known.trace_stores)
    for store, keys in ((logs, ("logs", "warning_logs", "alert_history")), (traces, ("traces",))):
        for key in keys:
            kept, shortest = getattr(retention, key), store.shortest_retention
            if seconds(kept) < seconds(shortest):
                action = f"{store.name} keeps nothing shorter."
                yield Mistake(f"retention.{key}", shown(kept), f"a duration from {shortest} up", action)
            elif seconds(kept) % _HOUR:
                yield Mistake(f"retention.{key}", shown(kept), "a duration of whole hours", "Stores count in hours.")
