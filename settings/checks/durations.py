"""Intervals too long for the rules, scrapes that outlast their interval, and retention too short for its store."""

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
    """Yield every interval that is too long for the rules, every scrape that may outlast its, and short retention."""
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
    yield from _timeouts(checked)


def _timeouts(checked: Checked) -> Iterator[Mistake]:
    """Every scrape that would still wait when the next one is due, which Prometheus refuses."""
    usual = checked.settings.prometheus.scrape_interval if checked.settings else None
    for index, service in checked.services.items():
        timeout, interval = service.scrape_timeout, service.scrape_interval or usual
        if timeout and interval and seconds(timeout) > seconds(interval):
            action = "The next scrape is due then: scrape less often, or wait less."
            path = f"services[{index}].scrape_timeout"
            yield Mistake(path, shown(timeout), f"a duration up to its interval, {interval}", action)
        probe = getattr(service, "timeout", None) if "timeout" in service.model_fields_set else None
        if probe and interval and seconds(probe) >= seconds(interval):
            action = "The next probe is due then: probe less often, or wait less."
            path = f"services[{index}].timeout"
            yield Mistake(path, shown(probe), f"a duration below its interval, {interval}", action)


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
