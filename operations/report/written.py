"""The report of a month as Markdown, in sections; a section may have plots, which only HTML shows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from operations.report.figures import NO_DATA, count, duration, latency, percent, short_percent
from operations.report.incidents import FLAPS, Happened, History, by_cause
from operations.report.measured import MeasuredObjective, MeasuredService, latency_summary
from operations.report.month import Month
from operations.report.plot import plot

_MARKUP = re.compile(r"([\\`*_\[\]|<>#&~])")


@dataclass(frozen=True)
class Content:
    """Everything that a report says.

    Attributes:
        stack: its name.
        written: seconds since 1970.
    """

    stack: str
    month: Month
    services: Sequence[MeasuredService]
    history: History
    written: float


@dataclass(frozen=True)
class Part:
    """A part of the report: Markdown, and figures of HTML that follow it."""

    text: str
    plots: tuple[str, ...] = ()


def parts(content: Content) -> Iterator[Part]:
    """The report from its title to its last service."""
    yield Part(_head(content))
    yield Part(_overview(content))
    yield Part(_messages(content))
    yield Part(_attention(content))
    for service in content.services:
        yield _service(content, service)
    declared = {service.name for service in content.services}
    others = [alert for alert in content.history.alerts if alert.service not in declared]
    if others:
        yield Part(f"## The stack's own components\n\n{_incidents(content, others, service=True)}")


def _head(content: Content) -> str:
    month = content.month
    first, last = (_moment(at, month.zone) for at in (month.start, month.end))
    so_far = duration(month.until - month.start)
    going = f" The month is not over: it has lasted {so_far}." if month.goes_on else ""
    return (
        f"# {month.title}: stack {_said(content.stack)}\n\n"
        f"From {first} to {last}, {_said(month.zone)}. Written {_moment(content.written, month.zone)}.{going}\n"
    )


def _overview(content: Content) -> str:
    rows = []
    for service in content.services:
        messages = sum(number for (name, *_), number in content.history.messages.items() if name == service.name)
        rows.append(
            [
                _said(service.name),
                percent(service.availability),
                percent(service.data),
                "; ".join(f"{found.slo} {_judged(found)}" for found in service.objectives) or "none",
                "; ".join(_left(found) for found in service.objectives) or "none",
                str(len(content.history.of(service.name))),
                str(messages),
            ]
        )
    head = ("service", "available", "data for", "objectives", "budget left", "alerts", "messages")
    notes = (
        "Available: the share of the known time that a service answered. Data for: the share of the whole month for"
        " which that is known. Budget left: what is left of the objective's window at the end.\n"
    )
    return f"## Services\n\n{_table(head, rows)}\n{notes}"


def _messages(content: Content) -> str:
    counted = by_cause(content.history.messages)
    if not counted:
        return "## Messages by cause\n\nNobody was sent a message.\n"
    rows = [
        [_said(cause or "none"), str(sum(by.values())), ", ".join(f"{_said(name)} {by[name]}" for name in sorted(by))]
        for cause, by in counted.items()
    ]
    return f"## Messages by cause\n\n{_table(('cause', 'messages', 'to'), rows)}"


def _attention(content: Content) -> str:
    flapped = [
        f"- {_said(name)} of {_said(service)} fired {times} times."
        for (service, name), times in content.history.flapped.items()
    ]
    ignored = [
        f"- {_said(name)} of {_said(service)}: {times} {why}."
        for (service, name, why), times in content.history.ignored.items()
    ]
    return (
        f"## Alerts that flapped\n\nThose that fired {FLAPS} times or more.\n\n{_list(flapped)}\n"
        "## Alerts that nobody acted on\n\nThose that were over by themselves, or fired for hours with nobody told,"
        f" and that no silence was about. Silences are known for five days.\n\n{_list(ignored)}"
    )


def _list(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines or ("None.",))


def _service(content: Content, service: MeasuredService) -> Part:
    happened = content.history.of(service.name)
    blocks = [
        f"## {_said(service.name)}",
        f"Kind {_said(service.kind)}, owner {_said(service.owner)}. {_available(content.month, service)}",
        "\n".join([*(f"- {_objective(found)}" for found in service.objectives), *_latency(service)]),
        _incidents(content, happened, service=False) if happened else "No alert fired.\n",
    ]
    return Part("\n\n".join(filter(None, blocks)), tuple(_plots(content.month, service)))


def _available(month: Month, service: MeasuredService) -> str:
    if service.availability is None:
        return "There is no data about it in this month."
    down = (1 - service.availability) * service.data * (month.end - month.start)
    return (
        f"It was available {percent(service.availability)} of the time for which there is data, which is"
        f" {percent(service.data)} of the month: {duration(down)} without an answer."
    )


def _latency(service: MeasuredService) -> Iterator[str]:
    for what, points in service.latency.items():
        usual, worst = latency_summary(points)
        yield (
            f"- {_said(what.replace('_', ' '))}: the 95th percentile of 5 minutes was {latency(usual)} in the middle,"
            f" {latency(worst)} at worst."
        )


def _plots(month: Month, service: MeasuredService) -> Iterator[str]:
    if service.up:
        yield plot("Availability", service.up, month, short_percent, low=0, high=1, worst=min)
    for what, points in service.latency.items():
        title = f"95th percentile of {what.replace('_', ' ')}"
        yield plot(title, points, month, latency, low=0)
    for found in service.objectives:
        if found.budget:
            title = f"Budget left of the {found.slo} objective"
            yield plot(title, found.budget, month, short_percent, high=1, low=0, limit=0, worst=min)


def _objective(found: MeasuredObjective) -> str:
    if found.achieved is None:
        return f"Objective {found.slo}, {percent(found.objective)}: {NO_DATA}."
    left = f" {_left(found)} was left at the end." if found.budget else ""
    return (
        f"Objective {found.slo}, {percent(found.objective)}: {_judged(found)}; {count(found.bad)} of"
        f" {count(found.requests)} requests were bad, {percent(found.spent)} of what the month may fail.{left}"
    )


def _judged(found: MeasuredObjective) -> str:
    if found.achieved is None:
        return NO_DATA
    verdict = "met" if found.achieved >= found.objective else "missed"
    return f"{percent(found.achieved)}, {verdict}"


def _left(found: MeasuredObjective) -> str:
    if not found.budget:
        return NO_DATA
    window = f" of {found.window_days:.0f} d" if found.window_days else ""
    return f"{percent(found.budget[-1][1])}{window}"


def _incidents(content: Content, alerts: Sequence[Happened], *, service: bool) -> str:
    zone = content.month.zone
    rows = []
    for alert in alerts:
        told = ", ".join(f"{_said(name)} {_moment(at, zone)}" for name, at in sorted(alert.told.items()))
        rows.append(
            [
                *([_said(alert.service)] if service else []),
                f"{_said(alert.name)}: {_said(alert.summary)}",
                _said(alert.labels.get("severity", "")),
                _said(alert.cause),
                _moment(alert.start, zone),
                _ended(alert, zone),
                told or "nobody",
            ]
        )
    head = ("alert", "severity", "cause", "start", "end", "told")
    return _table(("service", *head) if service else head, rows)


def _ended(alert: Happened, zone: str) -> str:
    if alert.end is not None:
        return f"{_moment(alert.end, zone)}, after {duration(alert.end - alert.start)}"
    return "still fires" if alert.fires else "not recorded"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _moment(at: float, zone: str) -> str:
    return f"{datetime.fromtimestamp(at, ZoneInfo(zone)):%Y-%m-%d %H:%M}"


def _said(text: str) -> str:
    """Text of others in Markdown: a sign of it is a sign, a line break a space."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))
