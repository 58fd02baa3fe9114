"""`availability: high`: the replicas of a stack, on both runtimes, and what they are told of each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

import pytest

from components.replicas import PEER_SECONDS
from settings.types import seconds
from tests.conftest import Deploy, Deployment
from tests.unit.components.looking import BUILT, jobs, names

ALERTMANAGERS = ("alertmanager", "alertmanager-2", "alertmanager-3")
PROMETHEUSES = ("prometheus", "prometheus-2")


@pytest.fixture
def high(deployed: Deploy) -> Deployment:
    """The dev stack, on Docker."""
    return deployed("dev", availability="high")


@pytest.fixture
def cluster(deployed: Deploy) -> Deployment:
    """The production stack, on Kubernetes."""
    return deployed("prod", availability="high")


def manifest(deployment: Deployment, kind: str, name: str) -> Mapping[str, Any]:
    """A Kubernetes object."""
    (found,) = [
        resource.inputs
        for resource in deployment.resources
        if resource.type.endswith(f":{kind}") and resource.inputs["metadata"]["name"] == name
    ]
    return found


def test_the_rest_of_the_stack_is_as_it_was_and_the_first_keep_their_names(deployed: Deploy, high: Deployment) -> None:
    single = deployed("dev")
    assert names(high) - names(single) == {"alertmanager-2", "alertmanager-3", "prometheus-2"}
    assert names(single) <= names(high)
    assert {workload.name for workload in single.program.workloads if workload.replica_of} == set()
    assert high.program.urls == single.program.urls


def test_each_replica_has_data_configuration_and_secrets_of_its_own(high: Deployment) -> None:
    for name in (*ALERTMANAGERS, *PROMETHEUSES):
        mounted = high.container(name)["volumes"]
        volumes = {mount["volumeName"] for mount in mounted if "volumeName" in mount}
        assert f"monitoring-dev-{name}-data" in volumes
        assert len(volumes) == 2
        assert {mount["hostPath"] for mount in mounted if "hostPath" in mount} == {
            f"./config/{name}",
            f"./secrets/{name}",
        }


def test_only_the_first_are_published(high: Deployment) -> None:
    published = {name: high.container(name).get("ports", []) for name in (*ALERTMANAGERS, *PROMETHEUSES)}
    assert {name for name, ports in published.items() if ports} == {"alertmanager", "prometheus"}
    assert {port["internal"] for ports in published.values() for port in ports} == {9093, 9090}


def test_every_alertmanager_gossips_with_the_others_and_routes_the_same(deployed: Deploy, high: Deployment) -> None:
    for name in ALERTMANAGERS:
        command = high.container(name)["command"]
        peers = {argument for argument in command if argument.startswith("--cluster.peer=")}
        assert peers == {f"--cluster.peer={other}:9094" for other in ALERTMANAGERS if other != name}
        assert "--cluster.listen-address=0.0.0.0:9094" in command
        assert high.files(name) == high.files("alertmanager") == deployed("dev").files("alertmanager")
        assert high.files(name, "secrets") == high.files("alertmanager", "secrets")
    assert "--cluster.listen-address=" in deployed("dev").container("alertmanager")["command"]


def test_the_last_replica_is_through_with_a_round_of_a_group_before_the_next(high: Deployment) -> None:
    """Else it would tell as firing what another has told as resolved meanwhile."""
    assert f"--cluster.peer-timeout={PEER_SECONDS}s" in high.container("alertmanager")["command"]

    def intervals(route: Mapping[str, Any]) -> Iterator[float]:
        if "group_interval" in route:
            yield seconds(route["group_interval"])
        for below in route.get("routes", ()):
            yield from intervals(below)

    found = list(intervals(high.document("alertmanager", "alertmanager.yml")["route"]))
    assert min(found) > PEER_SECONDS * (len(ALERTMANAGERS) - 1)


def test_every_prometheus_tells_every_alertmanager_the_same_alerts(high: Deployment) -> None:
    for name in PROMETHEUSES:
        config = high.document(name, "prometheus.yml")
        assert config["global"]["external_labels"] == {"environment": "dev", "prometheus_replica": name}
        (managers,) = config["alerting"]["alertmanagers"]
        assert managers["static_configs"] == [{"targets": [f"{other}:9093" for other in ALERTMANAGERS]}]
        # What tells the two apart is on no alert.
        assert config["alerting"]["alert_relabel_configs"] == [{"action": "labeldrop", "regex": "prometheus_replica"}]


def test_both_prometheus_do_the_same_but_for_their_label(high: Deployment) -> None:
    first, second = (high.files(name) for name in PROMETHEUSES)
    told = "prometheus_replica: prometheus"
    assert second == {**first, "prometheus.yml": first["prometheus.yml"].replace(f"{told}\n", f"{told}-2\n")}
    arguments = [high.container(name)["command"] for name in PROMETHEUSES]
    assert arguments[0] == arguments[1]


def test_a_component_is_one_job_with_a_target_for_each_replica(high: Deployment) -> None:
    targets = {name: job["static_configs"][0]["targets"] for name, job in jobs(high).items()}
    assert targets["alertmanager"] == [f"{name}:9093" for name in ALERTMANAGERS]
    assert targets["prometheus"] == [f"{name}:9090" for name in PROMETHEUSES]
    assert not set(targets) & {"alertmanager-2", "prometheus-2"}


def test_what_is_pushed_goes_to_both_prometheus(high: Deployment) -> None:
    gateway = high.document("collector-gateway", "gateway.yaml")
    exporters = [f"otlp_http/{name}" for name in PROMETHEUSES]
    assert gateway["service"]["pipelines"]["metrics/otlp"]["exporters"] == exporters
    for name, exporter in zip(PROMETHEUSES, exporters, strict=True):
        assert gateway["exporters"][exporter]["endpoint"] == f"http://{name}:9090/api/v1/otlp"
        assert gateway["exporters"][exporter]["auth"]["authenticator"] in gateway["service"]["extensions"]
        assert gateway["exporters"][exporter]["sending_queue"]["storage"] == "file_storage"
    written = high.document("tempo", "tempo.yaml")["metrics_generator"]["storage"]["remote_write"]
    assert [write["url"] for write in written] == [f"http://{name}:9090/api/v1/write" for name in PROMETHEUSES]


def test_grafana_can_ask_every_replica_and_asks_the_first_by_default(high: Deployment) -> None:
    sources = {found.inputs["uid"]: found.inputs for found in high.of("grafana:oss/dataSource:DataSource").values()}
    asked = {name: sources[name]["url"] for name in (*ALERTMANAGERS, *PROMETHEUSES)}
    assert asked == {
        **{name: f"http://{name}:9093" for name in ALERTMANAGERS},
        **{name: f"http://{name}:9090" for name in PROMETHEUSES},
    }
    assert [uid for uid, source in sources.items() if source["isDefault"]] == ["prometheus"]
    assert (sources["prometheus-2"]["name"], sources["alertmanager-3"]["name"]) == ("Prometheus 2", "Alertmanager 3")
    assert {*PROMETHEUSES} <= high.first_of("grafana")


def test_replicas_start_one_after_the_other_so_that_an_update_leaves_one(high: Deployment) -> None:
    for replicas in (ALERTMANAGERS, PROMETHEUSES):
        for before, after in pairwise(replicas):
            assert before in high.first_of(after)
    assert {*ALERTMANAGERS} <= high.first_of("prometheus")


def test_stores_without_writers_of_metrics_are_no_hindrance(deployed: Deploy) -> None:
    built = deployed("dev", availability="high", images=BUILT)
    assert {*ALERTMANAGERS, *PROMETHEUSES} <= names(built)


def test_on_kubernetes_each_replica_is_a_stateful_set_with_its_own_claim_away_from_the_others(
    cluster: Deployment,
) -> None:
    for name in (*ALERTMANAGERS, *PROMETHEUSES):
        spec = manifest(cluster, "StatefulSet", name)["spec"]
        assert spec["replicas"] == 1
        pod = spec["template"]["spec"]
        claims = [volume["persistentVolumeClaim"] for volume in pod["volumes"] if "persistentVolumeClaim" in volume]
        assert claims == [{"claimName": f"{name}-data"}]
        assert ("affinity" in pod) == (name not in ("alertmanager", "prometheus"))


def test_on_kubernetes_gossip_finds_the_pods_themselves_and_nobody_else_takes_part(cluster: Deployment) -> None:
    for name in ALERTMANAGERS:
        assert manifest(cluster, "Service", name)["spec"]["clusterIP"] == "None"
        policy = manifest(cluster, "NetworkPolicy", name)["spec"]["ingress"]
        allowed = {
            port["port"]: {peer["podSelector"]["matchLabels"]["app.kubernetes.io/instance"] for peer in rule["from"]}
            for rule in policy
            if "podSelector" in rule["from"][0]
            for port in rule["ports"]
        }
        assert allowed == {9093: {*PROMETHEUSES, "grafana"}, 9094: {*ALERTMANAGERS} - {name}}
        # People reach the first, through an ingress; the others nobody.
        everyone = [rule["ports"] for rule in policy if "namespaceSelector" in rule["from"][0]]
        assert everyone == ([[{"port": 9093, "protocol": "TCP"}]] if name == "alertmanager" else [])
    assert "clusterIP" not in manifest(cluster, "Service", "prometheus")["spec"]


def test_on_kubernetes_both_prometheus_may_scrape_whatever_one_may(deployed: Deploy, cluster: Deployment) -> None:
    def lets_in(deployment: Deployment, prometheus: str) -> set[str]:
        return {
            resource.inputs["metadata"]["name"]
            for resource in deployment.resources
            if resource.type.endswith(":NetworkPolicy")
            and f"'{prometheus}'" in str(resource.inputs["spec"].get("ingress"))
        }

    scraped = lets_in(deployed("prod"), "prometheus")
    assert len(scraped) > 5
    assert scraped <= lets_in(cluster, "prometheus-2")
