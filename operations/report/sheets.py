"""The report as CSV: figures as numbers, times as ISO 8601 in the month's zone, nothing where there is no data."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from operations.report.measured import MeasuredService, latency_summary
from operations.report.written import Content

_Cell = str | int | float | None


def sheets(content: Content) -> Mapping[str, str]:
    """Text by the name of its file."""
    return {
        "services.csv": _sheet(
            ("service", "kind", "owner", "availability", "data", "alerts", "messages"), _services(content)
        ),
        "objectives.csv": _sheet(
            ("service", "slo", "objective", "achieved", "requests", "bad", "spent", "budget_left", "window_days"),
            _objectives(content.services),
        ),
        "latency.csv": _sheet(("service", "of", "p95_median_seconds", "p95_worst_seconds"), _latency(content.services)),
        "alerts.csv": _sheet(
            ("service", "alert", "severity", "cause", "start", "end", "seconds", "told", "ignored", "summary"),
            _alerts(content),
        ),
        "messages.csv": _sheet(
            ("service", "cause", "receiver", "messages"),
            ([*key, number] for key, number in sorted(content.history.messages.items())),
        ),
    }


def _services(content: Content) -> Iterable[Sequence[_Cell]]:
    for service in content.services:
        messages = sum(number for (name, *_), number in content.history.messages.items() if name == service.name)
        alerts = len(content.history.of(service.name))
        yield service.name, service.kind, service.owner, service.availability, service.data, alerts, messages


def _objectives(services: Iterable[MeasuredService]) -> Iterable[Sequence[_Cell]]:
    for service in services:
        for found in service.objectives:
            left = found.budget[-1][1] if found.budget else None
            figures = (found.objective, found.achieved, found.requests, found.bad, found.spent, left, found.window_days)
            yield service.name, found.slo, *figures


def _latency(services: Iterable[MeasuredService]) -> Iterable[Sequence[_Cell]]:
    for service in services:
        for what, points in service.latency.items():
            yield service.name, what, *latency_summary(points)


def _alerts(content: Content) -> Iterable[Sequence[_Cell]]:
    zone = ZoneInfo(content.month.zone)

    def moment(at: float | None) -> str | None:
        return None if at is None else datetime.fromtimestamp(at, zone).isoformat(timespec="seconds")

    for alert in content.history.alerts:
        told = " ".join(f"{receiver}={moment(at)}" for receiver, at in sorted(alert.told.items()))
        lasted = None if alert.end is None else round(alert.end - alert.start)
        times = (moment(alert.start), moment(alert.end), lasted)
        severity = alert.labels.get("severity")
        yield alert.service, alert.name, severity, alert.cause, *times, told, alert.ignored, alert.summary


def _sheet(head: Sequence[str], rows: Iterable[Sequence[_Cell]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows([_safe(cell) for cell in row] for row in rows)
    return text.getvalue()


def _safe(cell: _Cell) -> _Cell:
    """A text that a spreadsheet would take for a formula, with the sign that says it is none."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@")) else cell
