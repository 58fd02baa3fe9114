"""The inhibitions of a plan, as data; the real Alertmanager reads them in tests/programs/test_inhibition.py."""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import TopologicalSorter
from typing import get_args

import pytest

from alerting.edges import Relation
from alerting.inhibition import CONTAINER_EXPORTER, PRESSED, SYMPTOMS, edges, inhibit_rules
from catalog.alerts import shipped_alerts
from catalog.plan import MonitoringPlan
from components.endpoints import BLACKBOX_EXPORTER, CADVISOR, NODE_EXPORTER
from settings.alerts import CAUSES
from settings.service import OWN_MACHINE, OWN_PROBER
from tests.inhibition import Case, cases, declared_edges, name_of, stacks
from tests.plans import plan_of

API: Mapping[str, object] = {"name": "api", "kind": "fastapi", "target": "api:8000", "depends_on": ["db"]}
CACHE: Mapping[str, object] = {"name": "cache", "kind": "redis", "target": "cache:6379"}
DB: Mapping[str, object] = {"name": "db", "kind": "postgres", "target": "db:5432", "password": "dbPassword"}
ALERTS = shipped_alerts()


def alert(name: str, service: str, **labels: str) -> dict[str, str]:
    """An alert's labels as its rule gives them."""
    shipped = ALERTS[name]
    usual = {"severity": shipped.severity, "cause": shipped.cause, "environment": "test", "kind": "fastapi"}
    return {"alertname": name, "service": service, **usual, **labels}


def silences(plan: MonitoringPlan, source: Mapping[str, str], target: Mapping[str, str]) -> bool:
    return any(edge.silences(source, target) for edge in edges(plan))


def test_the_programs_that_speak_for_others_are_those_of_the_stack() -> None:
    assert (BLACKBOX_EXPORTER.workload, CADVISOR.workload) == (OWN_PROBER, CONTAINER_EXPORTER)
    assert NODE_EXPORTER.workload == OWN_MACHINE


def test_every_symptom_is_a_cause_that_alerts_have() -> None:
    assert set(SYMPTOMS) <= set(CAUSES)
    assert set(PRESSED) < set(SYMPTOMS)


def test_a_dead_database_silences_the_symptoms_of_what_depends_on_it() -> None:
    plan = plan_of(API, DB)
    for dead in ("PostgresDown", "DatabaseConnectionsExhausted"):
        for symptom in ("HighErrorRate", "HighLatency", "ServiceDown", "TrafficVanished"):
            assert silences(plan, alert(dead, "db"), alert(symptom, "api")), (dead, symptom)
    assert not silences(plan, alert("HighErrorRate", "api"), alert("PostgresDown", "db"))


def test_what_a_dead_database_does_not_bring_about_is_heard() -> None:
    plan = plan_of(API, DB)
    for own in ("HttpMetricsMissing", "CardinalityNearLimit"):
        assert not silences(plan, alert("PostgresDown", "db"), alert(own, "api"))
    assert not silences(plan, alert("PostgresDown", "db"), alert("HighErrorRate", "another"))


def test_a_database_whose_exporter_is_gone_may_be_well_and_silences_nobody_else() -> None:
    plan = plan_of(API, DB)
    assert not silences(plan, alert("ServiceDown", "db"), alert("HighErrorRate", "api"))
    assert silences(plan, alert("ServiceDown", "db"), alert("DatabaseConnectionsHigh", "db"))


def test_a_database_that_is_only_slow_silences_nobody() -> None:
    plan = plan_of(API, DB)
    for alive in ("DatabaseConnectionsHigh", "PostgresWalArchiveFailing", "PostgresWraparoundImminent"):
        assert not silences(plan, alert(alive, "db"), alert("HighErrorRate", "api"))


def test_a_severity_that_is_lowered_for_one_service_lowers_what_it_silences() -> None:
    plan = plan_of(API, {**DB, "alerts": {"PostgresDown": {"severity": "warning"}}})
    lowered = alert("PostgresDown", "db", severity="warning")
    assert not silences(plan, lowered, alert("HighErrorRate", "api"))
    assert silences(plan, lowered, alert("HighLatency", "api"))


def test_of_a_list_of_machines_nobody_knows_which_one_a_service_needs() -> None:
    fleet = {"name": "fleet", "kind": "host", "discover": {"dns": {"host": "fleet", "port": 9100}}}
    plan = plan_of(fleet, {**API, "depends_on": ["fleet"]})
    down = alert("ServiceDown", "fleet", kind="host", instance="10.0.0.1:9100")
    assert not silences(plan, down, alert("HighErrorRate", "api"))
    disk = alert("HostDiskFillsSoon", "fleet", kind="host", instance="10.0.0.1:9100")
    assert silences(plan, down, disk)
    assert not silences(plan, down, {**disk, "instance": "10.0.0.2:9100"})


def test_a_busy_machine_silences_what_is_slow_on_it_and_not_what_is_gone() -> None:
    plan = plan_of({**API, "runs_on": "node-exporter", "depends_on": []})
    pressed = alert("HostMemoryPressure", "node-exporter", kind="component")
    assert silences(plan, pressed, alert("HighErrorRate", "api"))
    assert not silences(plan, pressed, alert("ServiceDown", "api"))
    busy = alert("HostCpuSaturated", "node-exporter", kind="component")
    assert silences(plan, busy, alert("HighLatency", "api"))
    assert not silences(plan, busy, alert("HighErrorRate", "api"))


def test_a_busy_machine_does_not_silence_what_no_processor_brings_about() -> None:
    plan = plan_of({**DB, "runs_on": "node-exporter"}, {**CACHE, "runs_on": "node-exporter"})
    for pressing in ("HostCpuSaturated", "HostMemoryPressure"):
        source = alert(pressing, "node-exporter", kind="component")
        for held_open in ("PostgresLongTransaction", "PostgresDeadlocks", "PostgresWalArchiveFailing"):
            assert not silences(plan, source, alert(held_open, "db"))
        assert not silences(plan, source, alert("RedisSaveFailing", "cache"))


def test_a_process_that_the_kernel_has_killed_explains_nothing_of_other_services() -> None:
    plan = plan_of({**API, "runs_on": "node-exporter", "depends_on": []})
    killed = alert("HostOomKill", "node-exporter", kind="component")
    for symptom in ("HighLatency", "DependencyDegraded"):
        assert not silences(plan, killed, alert(symptom, "api"))
    assert not silences(plan, killed, alert("ContainerRestartLoop", "cadvisor", kind="component"))
    assert silences(plan, alert("HostMemoryPressure", "node-exporter", kind="component"), killed)


def test_a_dead_database_explains_its_own_locks_only_when_nothing_is_known_of_it() -> None:
    plan = plan_of(DB)
    assert silences(plan, alert("ServiceDown", "db"), alert("PostgresLongTransaction", "db"))
    assert not silences(plan, alert("PostgresDown", "db"), alert("PostgresLongTransaction", "db"))


def test_the_job_of_brokers_says_nothing_of_the_cluster() -> None:
    plan = plan_of({"name": "bus", "kind": "kafka", "target": "bus:9092", "broker_metrics": ["bus:7071"]})
    lag = alert("KafkaConsumerLagGrowing", "bus", kind="kafka")
    assert silences(plan, alert("ServiceDown", "bus", kind="kafka", job="bus"), lag)
    assert not silences(plan, alert("ServiceDown", "bus", kind="kafka", job="bus/brokers"), lag)


def test_the_prober_silences_every_probe_and_nothing_else() -> None:
    plan = plan_of({"name": "seen", "kind": "probe", "target": "api:8000"}, {**API, "depends_on": []})
    gone = alert("ServiceDown", "blackbox-exporter", kind="component")
    assert silences(plan, gone, alert("EndpointDown", "seen", kind="probe"))
    assert not silences(plan, gone, alert("HighErrorRate", "api"))


def test_one_prober_of_several_silences_only_what_it_says_itself() -> None:
    office = {"name": "office", "kind": "prober", "target": "office:9115"}
    both, one = ["blackbox-exporter", "office"], ["office"]
    plan = plan_of(
        office,
        {"name": "seen", "kind": "probe", "target": "api:8000", "probers": both},
        {"name": "far", "kind": "probe", "target": "far:80", "probers": one},
    )
    gone = alert("ServiceDown", "office", kind="prober")
    assert silences(plan, gone, alert("EndpointPartlyDown", "seen", kind="probe", prober="office"))
    assert silences(plan, gone, alert("ProbeMissing", "seen", kind="probe", prober="office"))
    assert silences(plan, gone, alert("EndpointDown", "far", kind="probe"))
    assert not silences(plan, gone, alert("EndpointDown", "seen", kind="probe"))
    assert not silences(plan, gone, alert("EndpointPartlyDown", "seen", kind="probe", prober="blackbox-exporter"))


def test_an_endpoint_that_is_down_is_not_told_again_by_prober() -> None:
    plan = plan_of({"name": "seen", "kind": "probe", "target": "api:8000"})
    down = alert("EndpointDown", "seen", kind="probe", instance="http://api:8000/")
    partly = alert("EndpointPartlyDown", "seen", kind="probe", instance="http://api:8000/", prober="office")
    assert silences(plan, down, partly)
    assert not silences(plan, partly, down)


def test_failed_requests_are_one_message_inside_and_outside() -> None:
    plan = plan_of({"name": "seen", "kind": "probe", "target": "api:8000"}, {**API, "depends_on": []})
    for wrong in ("HighErrorRate", "ErrorBudgetFastBurn"):
        assert silences(plan, alert(wrong, "api"), alert("EndpointDown", "seen", kind="probe"))
    assert not silences(plan, alert("ErrorBudgetMediumBurn", "api"), alert("EndpointDown", "seen", kind="probe"))
    assert not silences(plan, alert("EndpointDown", "seen", kind="probe"), alert("HighErrorRate", "api"))


def test_the_fastest_burn_of_an_objective_speaks_for_the_others() -> None:
    plan = plan_of({**API, "depends_on": [], "slo": {"availability": 0.999}})
    burns = ["ErrorBudgetFastBurn", "ErrorBudgetMediumBurn", "ErrorBudgetSlowBurn", "ErrorBudgetTrickle"]
    for rank, faster in enumerate(burns):
        for slower in burns[rank + 1 :]:
            source = alert(faster, "api", slo="availability")
            assert silences(plan, source, alert(slower, "api", slo="availability"))
            assert not silences(plan, source, alert(slower, "api", slo="latency"))
    assert silences(plan, alert(burns[0], "api", slo="availability"), alert("HighErrorRate", "api"))
    assert not silences(plan, alert(burns[2], "api", slo="availability"), alert("HighErrorRate", "api"))


@pytest.mark.parametrize("stack", stacks())
def test_rules_have_different_names(stack: str) -> None:
    names = [rule["name"] for rule in inhibit_rules(stacks()[stack])]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("stack", stacks())
def test_no_two_alerts_silence_each_other_directly_or_in_a_circle(stack: str) -> None:
    """Or an outage of both would be heard by nobody. Tried with every alert of every service and part of the stack."""
    plan = stacks()[stack]
    parts = {"node-exporter", "blackbox-exporter", "cadvisor", "alertmanager", "collector-gateway", "collector-agent"}
    services = {service.name: service.kind for service in plan.settings.services} | dict.fromkeys(parts, "component")
    groups = {name.removesuffix(".rules.yml") for name in plan.rule_files}
    said = [
        alert(name, service, kind=kind, job=service, slo="availability", signal="spans")
        for service, kind in services.items()
        for name, shipped in ALERTS.items()
        if shipped.group in groups and name != "Heartbeat"
    ]
    silenced: dict[int, set[int]] = {}
    for edge in edges(plan):
        # Only those that agree on the edge's equal labels can meet: all pairs would take seconds.
        alike: dict[tuple[str, ...], list[int]] = {}
        for index, each in enumerate(said):
            if all(matcher.matches(each) for matcher in edge.target):
                alike.setdefault(tuple(each.get(label, "") for label in edge.equal_labels), []).append(index)
        for source, each in enumerate(said):
            if all(matcher.matches(each) for matcher in edge.source):
                targets = alike.get(tuple(each.get(label, "") for label in edge.equal_labels), [])
                found = {target for target in targets if edge.silences(each, said[target])}
                silenced.setdefault(source, set()).update(found)
    assert any(silenced.values())
    TopologicalSorter(silenced).prepare()


@pytest.mark.parametrize("case", cases(), ids=lambda case: f"{case.stack}: {case.edge.relation} {case.edge.about}")
def test_no_edge_could_be_left_out(case: Case) -> None:
    others = [edge for edge in edges(stacks()[case.stack]) if edge != case.edge]
    assert any(not any(edge.silences(two.source, two.target) for edge in others) for two in case.silenced)
    assert all(case.edge.silences(two.source, two.target) for two in case.silenced)
    assert not any(case.edge.silences(two.source, two.target) for two in case.apart)


def test_the_stacks_of_the_tests_have_every_edge_there_is() -> None:
    assert {name_of(case.edge) for case in cases()} == declared_edges()
    assert {case.edge.relation for case in cases()} == set(get_args(Relation))
