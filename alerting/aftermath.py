"""What a failure brought about is alerted on after its repair, since rates look back: it stays silent for longer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from alerting.edges import Edge, named
from alerting.route import Matcher
from settings.alerts import SEVERITIES, ShippedAlert

RECENT_CAUSE = "RecentCause"
"""The alert that says of another that it fires, or did until lately. `of` is that one's name; its labels are kept."""
LASTING = ("connections", "down", "memory")
"""Causes whose consequences outlast them, as `rules/aftermath.rules.yml` asks for them."""


def lasting(alerts: Mapping[str, ShippedAlert], severities: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Names of the alerts that `RECENT_CAUSE` repeats.

    Args:
        alerts: those of a stack. Without `RECENT_CAUSE`, nothing is repeated.
        severities: what each can have there.
    """
    repeated = {
        each.name for each in alerts.values() if each.cause in LASTING and SEVERITIES[0] in severities[each.name]
    }
    return frozenset(repeated if RECENT_CAUSE in alerts else ())


def aftermath(edge: Edge, repeated: frozenset[str], symptoms: tuple[str, ...]) -> Iterator[Edge]:
    """The edge once more, from what its sources left behind; none when they leave nothing.

    Args:
        edge: an inhibition.
        repeated: names of the alerts that `RECENT_CAUSE` repeats.
        symptoms: causes of what can be a consequence. What else a cause silences is heard when it has ended, unless the
            edge names alerts or causes itself.
    """
    (names,) = [matcher.values for matcher in edge.source if matcher.label == "alertname"]
    left = tuple(name for name in names if name in repeated)
    if not left:
        return
    others = (matcher for matcher in edge.source if matcher.label != "alertname")
    source = (named([RECENT_CAUSE]), Matcher("of", left), *others)
    chosen = any(matcher.label in ("alertname", "cause") and not matcher.negated for matcher in edge.target)
    target = edge.target if chosen else (*edge.target, Matcher("cause", symptoms))
    about = f"{edge.relation}: {edge.about}"
    yield replace(edge, relation="aftermath", about=about, source=source, target=target)
