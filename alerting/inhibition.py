"""One message per cause: which alerts are kept only as information while another fires, from the plan alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from alerting.aftermath import aftermath, lasting
from alerting.edges import Edge, Relation, by_severity, named
from alerting.pairs import pair_edges
from alerting.relations import Relations
from alerting.route import Matcher
from catalog import kinds
from catalog.alerts import shipped_alerts
from catalog.http import HTTP_RULES
from catalog.plan import MonitoringPlan
from settings.alerts import ShippedAlert
from settings.service import OWN_MACHINE, Service
from settings.types import seconds

CONTAINER_EXPORTER = "cadvisor"
"""The `service` label of the stack's own program that speaks for containers."""
UNREACHED = ("JobMissing", "ServiceDown")
"""Alerts that say that a scrape brings nothing: what it would have told is not known."""
SYMPTOMS = (
    "backlog",
    "connections",
    "down",
    "errors",
    "latency",
    "objective",
    "replicas",
    "replication",
    "restarts",
    "schedule",
    "traffic",
)
"""Causes of alerts that the failure of something else brings about. Others are heard whatever else has failed:
certificates, disks, memory, money and the like."""
PRESSED = ("backlog", "errors", "latency", "objective", "restarts", "schedule")
"""Symptoms of a machine that is too busy. A service that is gone from it is more than that."""
# Without these of a service, nothing that needs it can work.
_STOPPING = ("connections", "down")
# A disk that is nearly full slows nobody down yet. What the kernel has killed is over, and often was one container that
# wanted more than it may have: only what lasts presses others.
_PRESSING = ("cpu", "memory")
# What callers get from a service that is wrong, and how long an alert about what is sudden waits at most, in seconds.
_WRONG = ("errors", "objective")
_SUDDEN = 300


def inhibit_rules(plan: MonitoringPlan) -> list[dict[str, Any]]:
    """Alertmanager's `inhibit_rules` for a plan."""
    return [edge.rule for edge in edges(plan)]


def edges(plan: MonitoringPlan) -> tuple[Edge, ...]:
    """Every inhibition of a plan, and its aftermath; none of them lets an alert silence a more severe one."""
    alerts = _alerts(plan)
    severities = {name: _severities(alert, plan) for name, alert in alerts.items()}
    relations = Relations(plan)
    drawn = (*_between_services(relations, alerts), *_of_scrapes(relations, alerts), *_pairs(plan, alerts))
    repeated = lasting(alerts, severities)
    return tuple(
        found for edge in drawn for found in (*by_severity(edge, severities), *aftermath(edge, repeated, SYMPTOMS))
    )


def _alerts(plan: MonitoringPlan) -> dict[str, ShippedAlert]:
    """The alerts of the rule files that the plan has."""
    groups = {name.removesuffix(".rules.yml") for name in plan.rule_files}
    return {name: alert for name, alert in shipped_alerts().items() if alert.group in groups}


def _severities(alert: ShippedAlert, plan: MonitoringPlan) -> frozenset[str]:
    """Those that the alert can have in the stack, overrides included."""
    settings = plan.settings
    overrides = [settings.alerts.get(alert.name), *(each.alerts.get(alert.name) for each in settings.services)]
    return frozenset({alert.severity, *(each.severity for each in overrides if each and each.severity)})


def _between_services(relations: Relations, alerts: Mapping[str, ShippedAlert]) -> Iterator[Edge]:
    pressing = tuple(sorted(name for name, alert in alerts.items() if _presses(alert)))
    for service in relations.services:
        dependents = relations.dependents(service.name)
        one_machine = service.kind == "host" and getattr(service, "target", None) is not None
        stopping = _stopping(service, relations, alerts) if service.kind != "host" or one_machine else ()
        if dependents and stopping:
            relation: Relation = "host" if service.kind == "host" else "dependency"
            why = f"without {service.name} they cannot work"
            yield _spreads(relation, service.name, stopping, dependents, SYMPTOMS, why)
        if dependents and one_machine:
            yield _spreads("pressure", service.name, pressing, dependents, PRESSED, f"{service.name} is their machine")
        failing = _failing(service, alerts)
        if failing and (probes := relations.probes(service.name)):
            why = f"they see from outside what {service.name} says of itself"
            yield _spreads("probe", service.name, failing, probes, SYMPTOMS, why)
    if relations.plan.settings.runtime_section.one_machine:
        dependents = (CONTAINER_EXPORTER, *relations.dependents(OWN_MACHINE))
        yield _spreads("pressure", OWN_MACHINE, pressing, dependents, PRESSED, "the stack's machine is theirs")


def _presses(alert: ShippedAlert) -> bool:
    """Whether an alert says that a machine is, and stays, too busy for what runs on it."""
    return alert.group == "host" and alert.cause in _PRESSING and seconds(alert.waits) > 0


def _spreads(
    relation: Relation, name: str, alerts: tuple[str, ...], to: tuple[str, ...], causes: tuple[str, ...], why: str
) -> Edge:
    source = (Matcher("service", (name,)), named(alerts))
    return Edge(relation, name, source, (Matcher("service", to), Matcher("cause", causes)), (), why)


def _stopping(service: Service, relations: Relations, alerts: Mapping[str, ShippedAlert]) -> tuple[str, ...]:
    """Critical alerts that say that the service does not serve. An exporter that is gone does not say so."""
    return tuple(
        alert.name
        for alert in _critical(service, alerts)
        if alert.cause in _STOPPING and (alert.name not in UNREACHED or relations.is_asked_itself(service))
    )


def _failing(service: Service, alerts: Mapping[str, ShippedAlert]) -> tuple[str, ...]:
    """Critical alerts that say that a service answers, but wrongly, and now: not those that take hours to tell."""
    return tuple(
        alert.name
        for alert in _critical(service, alerts)
        if alert.group in HTTP_RULES and alert.cause in _WRONG and seconds(alert.waits) <= _SUDDEN
    )


def _critical(service: Service, alerts: Mapping[str, ShippedAlert]) -> Iterator[ShippedAlert]:
    groups = ("services", *kinds()[service.kind].rules)
    return (alert for alert in alerts.values() if alert.group in groups and alert.severity == "critical")


def _of_scrapes(relations: Relations, alerts: Mapping[str, ShippedAlert]) -> Iterator[Edge]:
    """Who measures, over what is measured; and what is gone, over what is said of it beside that."""
    others = Matcher("alertname", UNREACHED, negated=True)
    unreached = named(UNREACHED)
    yield from _of_probers(relations.probers, unreached)
    if relations.own_containers:
        source = (Matcher("service", (CONTAINER_EXPORTER,)), unreached)
        target = (Matcher("service", relations.own_containers),)
        yield Edge("exporter", CONTAINER_EXPORTER, source, target, (), "nobody looks at containers")

    not_a_host = Matcher("kind", ("host",), negated=True)
    main = (Matcher("job", relations.further_jobs, negated=True),) if relations.further_jobs else ()
    why = "nothing is known of a service that is not scraped"
    yield Edge("target", "any service", (unreached, not_a_host, *main), (others, not_a_host), ("service",), why)
    host = Matcher("kind", ("host",))
    why = "nothing is known of a machine that is not scraped"
    yield Edge("target", "any host", (named(["ServiceDown"]), host), (others, host), ("service", "instance"), why)
    why = "nothing is known of machines that are not found"
    yield Edge("target", "any list of hosts", (named(["JobMissing"]), host), (others, host), ("service",), why)

    down = [each for each in alerts.values() if each.cause == "down" and each.severity == "critical"]
    gone = tuple(sorted({alert.name for alert in down} - set(UNREACHED)))
    if gone:
        beside = Matcher("cause", tuple(cause for cause in SYMPTOMS if cause != "down"))
        why = "it is down: the rest follows"
        yield Edge("down", "any service", (named(gone),), (beside,), ("service",), why)


def _of_probers(probers: Mapping[str, frozenset[str]], unreached: Matcher) -> Iterator[Edge]:
    """A prober that is gone, over what is probed by it alone, and over what it says beside others.

    Args:
        probers: who speaks for each service.
        unreached: alerts that say that it is gone.
    """
    for prober in sorted({each for some in probers.values() for each in some}):
        source = (Matcher("service", (prober,)), unreached)
        alone = tuple(sorted(service for service, some in probers.items() if some == {prober}))
        beside = tuple(sorted(service for service, some in probers.items() if some > {prober}))
        if alone:
            why = "nobody probes: what probes say is old or missing"
            yield Edge("prober", prober, source, (Matcher("service", alone),), (), why)
        if beside:
            target = (Matcher("service", beside), Matcher("prober", (prober,)))
            yield Edge("prober", f"{prober} beside others", source, target, (), "it probes no more, and others do")


def _pairs(plan: MonitoringPlan, alerts: Mapping[str, ShippedAlert]) -> Iterator[Edge]:
    return pair_edges(sorted(name.removesuffix(".rules.yml") for name in plan.rule_files), alerts)
