"""PromQL about the series of the chosen services, as the dashboards of single kinds ask for them."""

from __future__ import annotations

from dashboards.about_services import CHOSEN, limit
from dashboards.queries import metrics
from dashboards.sdk import prometheus

# Long enough for four scrapes of a minute.
_WINDOW = "5m"


def of(name: str, *matchers: str) -> str:
    """A metric of the chosen services; `matchers` as `state="active"`."""
    return f"{name}{{{', '.join((CHOSEN, *matchers))}}}"


def per_second(name: str, *matchers: str, by: str = "service") -> str:
    """How much a counter grows per second, over five minutes."""
    return f"sum by ({by}) (rate({of(name, *matchers)}[{_WINDOW}]))"


def grown(name: str, window: str, *matchers: str, by: str = "service") -> str:
    """How much a counter has grown in a window, as `1h`."""
    return f"sum by ({by}) (increase({of(name, *matchers)}[{window}]))"


def mean(histogram: str, window: str = _WINDOW, *, by: str = "service") -> str:
    """The mean of what a histogram has counted in a window; no sample without a count."""
    return f"{grown(f'{histogram}_sum', window, by=by)} / ({grown(f'{histogram}_count', window, by=by)} > 0)"


def total(name: str, *matchers: str, by: str = "service") -> str:
    """The sum of a gauge."""
    return f"sum by ({by}) ({of(name, *matchers)})"


def highest(name: str, *matchers: str, by: str = "service") -> str:
    """The largest value of a gauge."""
    return f"max by ({by}) ({of(name, *matchers)})"


def share(part: str, rest: str) -> str:
    """A rate's share of it and another; no sample where both are 0."""
    return f"{part} / ({part} + {rest} > 0)"


def threshold_of(alert: str, shown: str) -> prometheus.Dataquery:
    """The limit of an alert, where there is what it limits: `threshold` would draw a line into an empty panel.

    Args:
        alert: whose limit it is.
        shown: PromQL of what the panel shows, with the label `service`.
    """
    return metrics(f"{limit(alert)} and on (service) {shown}", "{{service}} threshold")
