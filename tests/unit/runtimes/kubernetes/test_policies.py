"""Who may connect to whom."""

from __future__ import annotations

from dataclasses import replace

from tests.unit.runtimes.kubernetes.registered import AGENT, PLAIN, inputs_of, run
from workloads.workload import Port


def test_nobody_may_connect_to_anything_in_either_namespace() -> None:
    policies = [found.inputs for (kind, _), found in run([PLAIN, AGENT]).items() if kind == "NetworkPolicy"]
    assert sorted(policy["metadata"]["namespace"] for policy in policies) == ["monitoring", "monitoring-agents"]
    assert [policy["spec"] for policy in policies] == [{"podSelector": {}, "policyTypes": ["Ingress"]}] * 2


def test_a_client_in_the_other_namespace_is_let_in_by_its_namespace_and_its_name() -> None:
    policy = run([replace(PLAIN, clients=("agent",)), AGENT])["NetworkPolicy", "loki"].inputs["spec"]
    (source,) = policy["ingress"][0]["from"]
    assert source == {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring-agents"}},
        "podSelector": {"matchLabels": {"app.kubernetes.io/name": "agent", "app.kubernetes.io/instance": "agent"}},
    }


def test_nobody_may_connect_to_what_names_no_client() -> None:
    policies = {name: found.inputs["spec"] for (kind, name), found in run([PLAIN]).items() if kind == "NetworkPolicy"}
    assert policies == {"default-deny-ingress": {"podSelector": {}, "policyTypes": ["Ingress"]}}


def test_clients_of_the_stack_may_connect_to_the_ports() -> None:
    grafana = replace(PLAIN, name="grafana", image="grafana")
    loki = replace(PLAIN, clients=("grafana", "not-in-this-stack"))
    policy = run([grafana, loki])["NetworkPolicy", "loki"].inputs
    assert policy["metadata"]["namespace"] == "monitoring"
    assert policy["spec"] == {
        "podSelector": {"matchLabels": {"app.kubernetes.io/name": "loki", "app.kubernetes.io/instance": "loki"}},
        "policyTypes": ["Ingress"],
        "ingress": [
            {
                "from": [
                    {
                        "podSelector": {
                            "matchLabels": {
                                "app.kubernetes.io/name": "grafana",
                                "app.kubernetes.io/instance": "grafana",
                            }
                        }
                    }
                ],
                "ports": [{"port": 3100, "protocol": "TCP"}],
            }
        ],
    }


def test_published_ports_and_no_others_are_open_to_every_namespace() -> None:
    workload = replace(PLAIN, ports=(Port("http", 3100), Port("otlp", 4317, "applications")))
    assert inputs_of(workload, "NetworkPolicy")["spec"]["ingress"] == [
        {"from": [{"namespaceSelector": {}}], "ports": [{"port": 4317, "protocol": "TCP"}]}
    ]


def test_a_client_is_let_in_with_all_its_replicas() -> None:
    first = replace(PLAIN, name="grafana", image="grafana")
    second = replace(first, name="grafana-2", replica_of="grafana")
    policy = run([first, second, replace(PLAIN, clients=("grafana",))])["NetworkPolicy", "loki"].inputs
    (rule,) = policy["spec"]["ingress"]
    instances = [peer["podSelector"]["matchLabels"]["app.kubernetes.io/instance"] for peer in rule["from"]]
    assert instances == ["grafana", "grafana-2"]


def test_what_replicas_tell_each_other_nobody_else_can_join() -> None:
    ports = (Port("http", 3100), Port("gossip", 7946, "replicas"), Port("gossip-udp", 7946, "replicas", protocol="udp"))
    first = replace(PLAIN, ports=ports, clients=("agent",))
    second = replace(first, name="loki-2", replica_of="loki")
    found = run([first, second, AGENT])
    for own, other in (("loki", "loki-2"), ("loki-2", "loki")):
        client, replica = found["NetworkPolicy", own].inputs["spec"]["ingress"]
        assert client["ports"] == [{"port": 3100, "protocol": "TCP"}]
        (peer,) = replica["from"]
        assert peer["podSelector"]["matchLabels"]["app.kubernetes.io/instance"] == other
        assert replica["ports"] == [{"port": 7946, "protocol": "TCP"}, {"port": 7946, "protocol": "UDP"}]
