"""The routing tree and its times as Grafana has them: notification policies and mute timings."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from alerting.route import Matcher, Route, Timing
from alerting.routing import Routing
from alerting.times import Span
from settings.receiver import HISTORY_RECEIVER, NOBODY_RECEIVER

# What Grafana calls the alert that a rule could not be evaluated.
_ERROR = "DatasourceError"
# Grafana has no contact point that tells nobody: one that is always muted stands for it.
_ALWAYS = "always"
_ERRORS_TOLD = Timing("1m", "5m", "4h")


def mute_timings(tree: Routing) -> dict[str, Any]:
    """The intervals of the provider's `MuteTiming` by the name that policies call it."""
    return {
        # An interval that says nothing is always.
        _ALWAYS: [{}],
        **{_name(interval.name): [_span(span) for span in interval.spans] for interval in tree.times},
    }


def notification_policy(tree: Routing, default: str | None) -> dict[str, Any]:
    """The arguments of the provider's `NotificationPolicy`.

    Rules that cannot be evaluated are Grafana's own kind of alert, one for each rule: together they are one message.

    Args:
        tree: who is told what.
        default: the receiver of what belongs to no team; None: nobody is told.
    """
    errors = Route(
        default or HISTORY_RECEIVER,
        _ERRORS_TOLD,
        (Matcher("alertname", (_ERROR,)),),
        by=("environment", "alertname"),
    )
    root = _policy(replace(tree.root, routes=(errors, *tree.root.routes)))
    return {key: value for key, value in root.items() if key not in ("matchers", "continue_")}


def _policy(route: Route) -> dict[str, Any]:
    """A node with all that it could inherit: what it says does not change with what is above it."""
    told = route.receiver != NOBODY_RECEIVER
    optional = {
        "active_timings": [_name(name) for name in route.active],
        "mute_timings": [_name(name) for name in route.muted] if told else [_ALWAYS],
        "policies": [_policy(below) for below in route.routes],
    }
    return {
        "contact_point": route.receiver if told else HISTORY_RECEIVER,
        "group_bies": [*route.by],
        "group_wait": route.timing.wait,
        "group_interval": route.timing.interval,
        "repeat_interval": route.timing.repeat,
        "matchers": [matching(matcher, "match") for matcher in route.matchers],
        "continue_": route.goes_on,
        **{key: value for key, value in optional.items() if value},
    }


def matching(matcher: Matcher, operator: str) -> dict[str, str]:
    """A matcher as the provider takes it; `operator` is what it calls the operator."""
    return {"label": matcher.label, operator: matcher.operator, "value": matcher.value}


def _span(span: Span) -> dict[str, Any]:
    whole = (span.start, span.end) == ("00:00", "24:00")
    optional = {
        "times": [] if whole else [{"start": span.start, "end": span.end}],
        "weekdays": [*span.weekdays],
        "days_of_months": [*span.days],
        "months": [*span.months],
        "years": [*span.years],
    }
    return {**{key: value for key, value in optional.items() if value}, "location": span.zone}


def _name(interval: str) -> str:
    """An interval's name in Grafana's addresses and in the provider's ids, where signs have a meaning."""
    return re.sub(r"[^\w.-]+", " ", interval).strip()
