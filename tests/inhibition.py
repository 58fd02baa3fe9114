"""Stacks that together have every inhibition, and for each of them alerts that it is about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from alerting.edges import Edge
from alerting.inhibition import edges
from alerting.pairs import pair_edges
from alerting.route import Matcher
from catalog.alerts import RULES, shipped_alerts
from catalog.plan import MonitoringPlan
from program.plan import planned
from tests.plans import configuration, raw_configuration, settings_of

Labels = Mapping[str, str]
_LOGIN = {"username": "monitor", "password": "memoryCachePassword"}
RELATED: tuple[Mapping[str, object], ...] = (
    {"name": "front", "kind": "node", "target": "front:3000", "depends_on": ["api"]},
    {"name": "api", "kind": "fastapi", "target": "10.0.0.5:8000", "depends_on": ["db", "pool", "cache", "models"]},
    {"name": "pushing", "kind": "otel", "otlp": {}, "depends_on": ["events"], "slo": {"availability": 0.9}},
    {"name": "asking", "kind": "otel", "target": "asking:8000", "depends_on": ["events"]},
    {"name": "models", "kind": "llm", "metrics_from": "asking", "prices": {"m": {"input": 3, "output": 15}}},
    {"name": "lookups", "kind": "cache", "metrics_from": "api"},
    {"name": "search", "kind": "vector-search", "metrics_from": "api"},
    {"name": "orders", "kind": "business", "metrics_from": "api", "metric": "orders_total"},
    {"name": "statements", "kind": "queries", "metrics_from": "api"},
    {
        "name": "db",
        "kind": "postgres",
        "target": "db:5432",
        "runs_on": "machine",
        "password": "memoryDbMonitorPassword",
    },
    {
        "name": "pool",
        "kind": "pgbouncer",
        "target": "pool:6432",
        "password": "memoryDbMonitorPassword",
        "depends_on": ["db"],
    },
    {"name": "cache", "kind": "redis", "target": "cache:6379", "runs_on": "node-exporter"},
    {"name": "books", "kind": "mysql", "target": "books:3306", **_LOGIN},
    {"name": "papers", "kind": "mongodb", "target": "papers:27017", **_LOGIN},
    {"name": "graph", "kind": "neo4j", "target": "graph:7687", "edition": "community"},
    {"name": "events", "kind": "kafka", "target": "events:9092", "broker_metrics": ["events:7071"]},
    {"name": "queues", "kind": "rabbitmq", "target": "queues:15692"},
    {"name": "tasks", "kind": "celery", "target": "cache:6379", "queues": ["mail"]},
    {"name": "pipelines", "kind": "airflow", "depends_on": ["books"]},
    {"name": "proxy", "kind": "nginx", "target": "proxy:8080", "depends_on": ["api"]},
    {"name": "sidecars", "kind": "container", "containers": ["mailer"]},
    {"name": "elsewhere", "kind": "container", "containers": ["cron"], "target": "10.0.0.5:8080"},
    {"name": "machine", "kind": "host", "target": "10.0.0.5:9100"},
    {"name": "fleet", "kind": "host", "discover": {"dns": {"host": "fleet", "port": 9100}}},
    {"name": "api-uptime", "kind": "probe", "target": "10.0.0.5:8000"},
    {"name": "front-uptime", "kind": "probe", "target": "front:80", "probers": ["blackbox-exporter", "office"]},
    {"name": "office", "kind": "prober", "target": "office.example:9115"},
)


@cache
def stacks() -> Mapping[str, MonitoringPlan]:
    """The shipped stacks, and one with every relation, with each set of stores."""
    shipped = {name: planned(settings_of(raw_configuration(name)), name) for name in ("dev", "prod")}
    stores = {"every relation": {}, "every relation and other stores": {"logs": {"store": "victorialogs"}}}
    stores["every relation and other stores"]["traces"] = {"store": "jaeger"}
    related = {name: planned(settings_of(configuration(*RELATED, **kept)), "test") for name, kept in stores.items()}
    return shipped | related


@dataclass(frozen=True)
class Two:
    """Two alerts in an environment that no others are in, since alerts of different ones must not meet."""

    source: Labels
    target: Labels


@dataclass(frozen=True)
class Case:
    """An edge of a stack, with alerts that it is about.

    Attributes:
        environment: the beginning of the names of its environments.
    """

    stack: str
    edge: Edge
    environment: str

    @cached_property
    def silenced(self) -> tuple[Two, ...]:
        """Every value of every matcher once, on either side."""
        chosen = [(source, target) for target in _each(self.edge.target) for source in [next(_each(self.edge.source))]]
        chosen += [(source, next(_each(self.edge.target))) for source in [*_each(self.edge.source)][1:]]
        return tuple(self._two(f"{self.environment}-{index}", *sides) for index, sides in enumerate(chosen))

    @cached_property
    def apart(self) -> tuple[Two, ...]:
        """The first two, but for a label that must be equal: each in turn."""
        return tuple(
            Two(first.source, {**first.target, label: f"{self.environment}-another-{label}"})
            for label in self.edge.equal_labels
            for first in [self._two(f"{self.environment}-apart-{label}", *self._firsts)]
        )

    @property
    def _firsts(self) -> tuple[Sequence[Matcher], Sequence[Matcher]]:
        return next(_each(self.edge.source)), next(_each(self.edge.target))

    def _two(self, environment: str, source: Sequence[Matcher], target: Sequence[Matcher]) -> Two:
        # Of two services, where they need not be the same: most edges are about one.
        silencing = {"service": "another-service"} | {label: f"a-{label}" for label in self.edge.equal}
        silencing |= {**_alert(source), "environment": environment}
        shared = {label: silencing[label] for label in self.edge.equal_labels}
        return Two(silencing, {"service": "a-service", **_alert(target), **shared})


@cache
def cases() -> tuple[Case, ...]:
    """One for every edge of every stack."""
    return tuple(
        Case(stack, edge, f"{stack} {index}".replace(" ", "-"))
        for stack, plan in stacks().items()
        for index, edge in enumerate(edges(plan))
    )


def declared_edges() -> frozenset[str]:
    """Every edge there is: those of the stacks, and the pairs beside the rules, whether a stack has them or not."""
    groups = [file.name.removesuffix(".edges.yml") for file in RULES.glob("*.edges.yml")]
    pairs = {name_of(edge) for edge in pair_edges(groups, shipped_alerts())}
    return frozenset(pairs | {name_of(case.edge) for case in cases()})


def name_of(edge: Edge) -> str:
    """What counts as one edge, in whichever stacks and for however many severities."""
    return f"{edge.relation}: {edge.about.partition(' (')[0]}"


def _each(matchers: tuple[Matcher, ...]) -> Iterator[tuple[Matcher, ...]]:
    """The matchers with one value each: every value comes once, beside the first of the others."""
    firsts = tuple(m if m.negated else Matcher(m.label, m.values[:1]) for m in matchers)
    yield firsts
    for index, matcher in enumerate(matchers):
        for value in () if matcher.negated else matcher.values[1:]:
            yield (*firsts[:index], Matcher(matcher.label, (value,)), *firsts[index + 1 :])


def _alert(matchers: Iterable[Matcher]) -> dict[str, str]:
    """Labels of an alert that all matchers are about, as its rule and Prometheus give them."""
    wanted = {matcher.label: matcher.values[0] for matcher in matchers if not matcher.negated}
    unwanted = {matcher.label: matcher.values for matcher in matchers if matcher.negated}
    alert = next(
        each
        for each in shipped_alerts().values()
        if each.name == wanted.get("alertname", each.name)
        and each.cause == wanted.get("cause", each.cause)
        and each.name not in unwanted.get("alertname", ())
    )
    usual = {"alertname": alert.name, "cause": alert.cause, "severity": alert.severity}
    return {**usual, "kind": "fastapi", **wanted}
