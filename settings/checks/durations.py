"""Intervals that are too long for the rules' five-minute windows, and retention that is too short for its readers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from settings.checks.checked import Checked
from settings.errors import Mistake, shown
from settings.model import RetentionSettings
from settings.service import Service
from settings.types import seconds

# A rate over five minutes needs several samples, and the heartbeat one in two minutes.
_LONGEST_INTERVAL = "1m"
# What the databases can keep at least: Loki deletes by its daily tables, Tempo's setting counts whole hours.
_SHORTEST = {"logs": "1d", "warning_logs": "1d", "alert_history": "1d", "traces": "1h"}


def check(checked: Checked) -> Iterator[Mistake]:
    """Yield every interval that is too long for the rules, and every retention that is too short."""
    services, settings = checked.services, checked.settings
    intervals = {f"services[{index}].scrape_interval": service.scrape_interval for index, service in services.items()}
    if settings:
        for key in ("scrape_interval", "evaluation_interval"):
            intervals[f"prometheus.{key}"] = getattr(settings.prometheus, key)
        yield from _retention(settings.retention, services)
    for path, interval in intervals.items():
        if interval and seconds(interval) > seconds(_LONGEST_INTERVAL):
            action = "Rules read five-minute windows, which need several samples."
            yield Mistake(path, shown(interval), f"a duration up to {_LONGEST_INTERVAL}", action)


def _retention(retention: RetentionSettings, services: Mapping[int, Service]) -> Iterator[Mistake]:
    for key, shortest in _SHORTEST.items():
        kept = getattr(retention, key)
        if seconds(kept) < seconds(shortest):
            yield Mistake(f"retention.{key}", shown(kept), f"a duration from {shortest} up")
    index, service = max(services.items(), key=lambda item: seconds(item[1].looks_back()), default=(0, None))
    if service and seconds(retention.metrics) < seconds(service.looks_back()):
        yield Mistake(
            "retention.metrics",
            shown(retention.metrics),
            f"a duration from {service.looks_back()} up",
            f"Rules about services[{index}], {service.name}, look back that far.",
        )
