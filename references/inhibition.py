"""docs/inhibition.md: every inhibition, as the shipped stacks have them and as the files beside the rules say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from alerting.aftermath import LASTING, RECENT_CAUSE
from alerting.edges import Edge
from alerting.inhibition import PRESSED, SYMPTOMS, edges
from alerting.pairs import Pair, pairs_of
from alerting.route import Matcher
from catalog.alerts import RULES, rule_file
from program.plan import planned
from program.prepare import checked_settings
from settings.stackfile import read_stack_file

INHIBITION_FILE = RULES.parent / "docs" / "inhibition.md"
_STACKS = ("dev", "prod")
# As long as the rule itself looks back.
(_LENGTH,) = re.findall(r"\[(\w+)\]", rule_file("aftermath").read_text(encoding="utf-8"))
_INTRODUCTION = f"""# One message per cause

Written by `make schema` from `alerting/`, `rules/*.edges.yml` and the shipped stack files; do not edit.

While an alert of the first column fires, those of the second are kept only as information: Alertmanager shows them as
inhibited and sends nothing. When the first one ends and a second one still fires, it is sent. An alert never silences
one that is more severe, and none of another environment. Labels that must be equal beside `environment` are named;
both alerts without the label are equal too.

What follows from services is drawn for each stack:

- **dependency**: a service that is down or has no connections left silences the symptoms of what depends on it,
  directly or through others. `depends_on` says so; a probe or a worker whose `target` is a service's address, and
  `metrics_from`, say it without words. Where an exporter speaks for a service, the exporter that is gone silences
  nobody else: the service may be well.
- **host**: a machine that does not answer, over what runs on it: `runs_on`, or else the same host in `target`.
  A host that is discovered is many, and silences nobody else.
- **pressure**: a machine that is short of memory or processor, over what is slow or fails on it
  ({", ".join(PRESSED)}), not over what is gone.
- **probe**: a service that says itself that it fails, over the probes that see it from outside.
- **exporter**, **prober**: the program that measures, over what it measures.
- **target**: a service that is not scraped, over everything else about it; of a host, by instance.
- **down**: a service that is down, over its other symptoms.
- **aftermath**: each of these edges and of the pairs goes on for {_LENGTH} after the end of a critical alert of cause
  {", ".join(LASTING[:-1])} or {LASTING[-1]}, since rates look minutes back and alerts keep firing: what the failure
  brought about must not page when it is over. Only symptoms stay silent that long, and what an edge names. The alert
  [{RECENT_CAUSE}](../runbooks/{RECENT_CAUSE}.md) says what has ended and is sent to nobody. The price: a new fault of a
  service whose cause of before has just been repaired, and of what depends on it, is heard when these
  {_LENGTH} are over, if it still fires. The table leaves these edges out.

Symptoms are alerts of these causes, and others are heard whatever else fails: {", ".join(SYMPTOMS[:-1])}
and {SYMPTOMS[-1]}.

For a pair of which one alert pages and the other is a ticket, the page is heard: a burn that is slow never silences
HighErrorRate, which yields only to burns that page.
"""
_HEADER = ("| while this fires | this is silent | equal | why |", "| --- | --- | --- | --- |")


def inhibition_text() -> str:
    """The page as Markdown: a table of the pairs, and one for each shipped stack of what its services add."""
    lines = [_INTRODUCTION, "## Pairs", "", "In every stack that has both alerts.", "", *_HEADER, *_pairs(), ""]
    for stack in _STACKS:
        plan = planned(checked_settings(read_stack_file(RULES.parent / f"Pulumi.{stack}.yaml"), stack), stack)
        drawn = (edge for edge in edges(plan) if edge.relation not in ("pair", "aftermath"))
        lines += [f"## From the services of `Pulumi.{stack}.yaml`", "", *_HEADER, *map(_row, drawn), ""]
    return "\n".join(lines)


def _pairs() -> Iterator[str]:
    for file in sorted(RULES.glob("*.edges.yml")):
        for pair in pairs_of(file.name.removesuffix(".edges.yml")):
            yield _pair_row(pair)


def _pair_row(pair: Pair) -> str:
    over = " ".join([_link(pair.over), *_conditions(_matchers(pair.over_where))])
    under = " ".join([", ".join(map(_link, pair.under)), *_conditions(_matchers(pair.under_where))])
    return f"| {over} | {under} | {', '.join(pair.equal)} | {pair.why} |"


def _row(edge: Edge) -> str:
    return f"| {edge.relation}: {_side(edge.source)} | {_side(edge.target)} | {', '.join(edge.equal)} | {edge.why} |"


def _side(matchers: Iterable[Matcher]) -> str:
    said = []
    for matcher in matchers:
        if matcher.label == "alertname" and not matcher.negated:
            said.append(", ".join(map(_link, matcher.values)))
        elif matcher.label == "cause" and matcher.values == SYMPTOMS:
            said.append("symptoms")
        else:
            said += _conditions([matcher])
    return " ".join(said)


def _matchers(labels: dict[str, tuple[str, ...]]) -> list[Matcher]:
    return [Matcher(label, values) for label, values in labels.items()]


def _conditions(matchers: Iterable[Matcher]) -> list[str]:
    return [f"{matcher.label} {'not ' if matcher.negated else ''}{', '.join(matcher.values)}" for matcher in matchers]


def _link(alert: str) -> str:
    return f"[{alert}](../runbooks/{alert}.md)"
