"""What verification is told about a stack on Kubernetes, from what kubectl prints."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from components.endpoints import PROMETHEUS
from operations.target import load_target
from runtimes.health import CouldNotRunError, NoAnswerError, NoWayError, WorkloadHealth
from runtimes.kubernetes.health import KubernetesHealth, connect
from runtimes.kubernetes.settings import KubernetesSettings
from tests.stacks import stack_file
from tests.unit.runtimes.kubernetes.cluster import Cluster, controller, daemon_set, service
from workloads.program import Program

HOMES = dict.fromkeys(("kettle", "teapot", "prometheus"), "monitoring")


def health_of(*controllers: dict[str, Any], context: str | None = None) -> KubernetesHealth:
    cluster = Cluster({found["metadata"]["name"]: found for found in controllers})
    return KubernetesHealth("kettle", KubernetesSettings(context=context), HOMES, cluster.kubectl)


def of_one(found: dict[str, Any]) -> WorkloadHealth:
    return health_of(found).workloads(["kettle"])["kettle"]


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (controller("kettle"), "Deployment has 1 ready pod"),
        (controller("kettle", "StatefulSet", replicas=2), "StatefulSet has 2 ready pods"),
        (daemon_set("kettle"), "DaemonSet has 3 ready pods"),
    ],
)
def test_a_workload_with_all_its_pods_is_healthy(found: dict[str, Any], told: str) -> None:
    assert of_one(found) == WorkloadHealth("healthy", told)


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ({"readyReplicas": 1}, "1 of 2 ready pods, 2 of its current version"),
        ({"updatedReplicas": 1}, "2 of 2 ready pods, 1 of its current version"),
        # The controller has not seen the last change yet: its counts are about the one before.
        ({"observedGeneration": 1}, "2 of 2 ready pods, 2 of its current version"),
        ({"readyReplicas": None}, "0 of 2 ready pods, 2 of its current version"),
    ],
)
def test_a_workload_on_its_way_may_become_healthy(status: dict[str, int | None], told: str) -> None:
    found = controller("kettle", replicas=2)
    found["status"] = {key: value for key, value in {**found["status"], **status}.items() if value is not None}
    assert of_one(found) == WorkloadHealth(
        "waiting",
        f"Deployment has {told}: kubectl -n monitoring describe pods -l app.kubernetes.io/instance=kettle says why.",
    )


def test_a_daemon_set_that_nobody_counted_yet_may_become_healthy() -> None:
    found = daemon_set("kettle")
    found["status"] = {"desiredNumberScheduled": 0}
    assert of_one(found).state == "waiting"


@pytest.mark.parametrize("found", [controller("kettle", replicas=0), daemon_set("kettle", nodes=0)])
def test_a_workload_that_was_scaled_to_nothing_does_not_come_back_by_itself(found: dict[str, Any]) -> None:
    assert of_one(found) == WorkloadHealth("broken", f"{found['kind']} wants no pod: run make up STACK=kettle.")


def test_a_workload_that_is_not_there() -> None:
    found = health_of(controller("teapot")).workloads(["kettle"])
    assert found == {"kettle": WorkloadHealth("broken", "nothing of that name exists: run make up STACK=kettle.")}


def test_a_namespace_without_anything_of_the_stack_is_not_up() -> None:
    health_of(controller("kettle")).require_up(["kettle", "teapot"])
    with pytest.raises(CouldNotRunError) as found:
        health_of(controller("stranger")).require_up(["kettle"])
    assert str(found.value) == ("Stack kettle is not up: nothing of it is in monitoring. Run make up STACK=kettle.")


def test_services_inside_the_cluster_are_no_exposure() -> None:
    cluster = Cluster(services={"a": service("a"), "b": service("b")})
    found = KubernetesHealth("kettle", KubernetesSettings(), HOMES, cluster.kubectl).exposure()
    assert (found.counted, found.problems) == ("2 Services", ())


def test_every_service_that_is_open_to_the_outside_is_named() -> None:
    cluster = Cluster(services={"a": service("a", "NodePort"), "b": service("b"), "c": service("c", "LoadBalancer")})
    found = KubernetesHealth("kettle", KubernetesSettings(), HOMES, cluster.kubectl).exposure()
    assert found.problems == ("Service a has type NodePort", "Service c has type LoadBalancer")


def test_programs_are_not_asked_through_the_cluster_and_it_is_said_how_one_could() -> None:
    health = health_of(context="prod-eu")
    sentence = (
        "prometheus is not reachable from outside the cluster, and verify forwards no ports:"
        " `kubectl --context prod-eu -n monitoring port-forward service/prometheus 9090` does."
    )
    for ask in (health.api, health.address):
        with pytest.raises(NoWayError) as found:
            ask(PROMETHEUS)
        assert str(found.value) == sentence
    with pytest.raises(
        NoWayError, match=r"^the passwords of prometheus are in a Secret, which verify does not read\.$"
    ):
        health.password("prometheus", "prometheusPassword")


def test_logs_are_shown_by_a_command_that_names_context_and_namespace() -> None:
    assert health_of().logs("kettle") == "kubectl -n monitoring logs -l app.kubernetes.io/instance=kettle"
    assert health_of(context="prod-eu").logs("kettle") == (
        "kubectl --context prod-eu -n monitoring logs -l app.kubernetes.io/instance=kettle"
    )


# --- The command -----------------------------------------------------------------------------------------------------


@pytest.fixture
def program(tmp_path: Path) -> Program:
    section = {"namespace": "watching", "context": "prod-eu"}
    return load_target("kettle", stack_file(tmp_path, base="prod", kubernetes=section)).program


def test_kubectl_is_asked_in_the_stacks_context_and_namespace(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Cluster.of(program.workloads).install(tmp_path / "bin")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    names = [workload.name for workload in program.workloads]
    assert {found.state for found in connect(program).workloads(names).values()} == {"healthy"}
    assert asked.read_text(encoding="utf-8").splitlines() == [
        f"--context=prod-eu --namespace={namespace} --request-timeout=30s"
        " get deployments,statefulsets,daemonsets --output=json"
        for namespace in ("watching", "watching-agents")
    ]


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        (
            'E1126 06:16:07 28772 memcache.go:265] "Unhandled Error" err="no API group list"\n'
            "The connection to the server localhost:8080 was refused - did you specify the right host or port?\n",
            "The connection to the server localhost:8080 was refused - did you specify the right host or port?",
        ),
        ("", "exit status 1"),
    ],
)
def test_a_cluster_that_does_not_answer_is_one_sentence(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refusal: str, said: str
) -> None:
    Cluster().install(tmp_path / "bin", refusal)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    # The agents' namespace answers: it is the other one that cannot be asked.
    with pytest.raises(NoAnswerError) as found:
        connect(program).exposure()
    assert str(found.value) == f"the cluster does not answer ({said}): check the kubeconfig's context."


def test_without_kubectl_nothing_can_be_verified(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CouldNotRunError, match=r"^kubectl is not on the PATH: install it, then run this again\.$"):
        connect(program).require_up(["prometheus"])
