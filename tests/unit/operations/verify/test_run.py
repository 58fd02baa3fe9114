"""A whole verification: all of it passing, and what could not run."""

from __future__ import annotations

import os
from pathlib import Path

import docker
import httpx
import pytest

from operations.target import load_target
from operations.verify import run
from operations.verify.report import Report
from operations.verify.run import verify
from runtimes.docker import health as docker_health
from tests.stacks import stack_file
from tests.unit.operations.verify.world import Silent, World, declare, file_of, world_of
from tests.unit.runtimes.kubernetes.cluster import Cluster


def test_everything_passes(world: World) -> None:
    assert world.failures() == {}


def verified(folder: Path, world: World, monkeypatch: pytest.MonkeyPatch) -> Report:
    """The whole way, with a fake daemon and fake programs at its ends."""
    client = world.docker
    client.ping = lambda: True
    monkeypatch.setattr(docker, "from_env", lambda **_: client)
    for module in (run, docker_health):
        monkeypatch.setattr(module, "loopback_client", lambda: httpx.Client(transport=world.transport))
    return verify("test", folder / "Pulumi.test.yaml", 0, Silent())


def test_a_stack_that_runs_is_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = world_of(declare(tmp_path))
    report = verified(tmp_path, world, monkeypatch)
    assert (report.stack, report.status, report.error) == ("test", "passed", None)
    # What is timed differs from one run to the next.
    assert [(row.name, row.status) for row in report.rows] == [(row.name, row.status) for row in world.rows()]


def test_a_row_that_fails_fails_the_verification(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = world_of(declare(tmp_path))
    world.fires = []
    assert verified(tmp_path, world, monkeypatch).exit_status == 1


def test_a_stack_that_is_not_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = world_of(declare(tmp_path))
    for attrs in world.containers.values():
        attrs["State"] = {"Status": "exited", "ExitCode": 0, "StartedAt": "0001-01-01T00:00:00Z"}
    report = verified(tmp_path, world, monkeypatch)
    assert report.error == "Stack test is not up: none of its containers runs. Run make up STACK=test."
    assert (report.exit_status, list(report.rows)) == (2, [])


def test_docker_does_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
    report = verify("test", file_of(tmp_path), 0, Silent())
    assert report.exit_status == 2
    assert report.error
    assert report.error.startswith("Docker does not answer (")
    assert report.error.endswith("and run the command again.")


# --- On Kubernetes ---------------------------------------------------------------------------------------------------


def on_kubernetes(folder: Path, cluster: Cluster | None, monkeypatch: pytest.MonkeyPatch) -> Report:
    """A verification of the prod stack as a cluster would answer; None: there is no kubectl."""
    file = stack_file(folder, base="prod")
    monkeypatch.setenv("PATH", str(folder / "bin"))
    if cluster is not None:
        cluster.install(folder / "bin")
        monkeypatch.setenv("PATH", f"{folder / 'bin'}:{os.environ['PATH']}:/bin:/usr/bin")
    return verify("kettle", file, 0, Silent())


@pytest.fixture
def cluster(tmp_path: Path) -> Cluster:
    return Cluster.of(load_target("kettle", stack_file(tmp_path, base="prod")).program.workloads)


def test_workloads_are_asked_and_what_needs_a_program_is_skipped_by_name(
    tmp_path: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = on_kubernetes(tmp_path, cluster, monkeypatch)
    assert (report.status, report.error) == ("passed", None)
    rows = {row.name: row for row in report.rows}
    assert {row.status for name, row in rows.items() if name.startswith("workload ")} == {"passed"}
    assert rows["workload node-exporter"].detail == "DaemonSet has 3 ready pods"
    skipped = {name for name, row in rows.items() if row.status == "skipped"}
    assert skipped >= {
        *("no other targets", "rules loaded", "rules evaluated", "heartbeat fires", "heartbeat routed"),
        *("login alertmanager", "login grafana", "login prometheus"),
    }
    assert rows["rules loaded"].detail == (
        "prometheus is not reachable from outside the cluster, and verify forwards no ports:"
        " `kubectl -n monitoring port-forward service/prometheus 9090` does."
    )
    assert rows["inside the cluster only"].detail == f"{len(cluster.services)} Services"


def test_what_is_wrong_on_the_cluster_fails(tmp_path: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster.controllers["prometheus"]["status"]["readyReplicas"] = 0
    cluster.services["grafana"]["spec"]["type"] = "LoadBalancer"
    report = on_kubernetes(tmp_path, cluster, monkeypatch)
    assert {row.name: row.detail for row in report.rows if row.status == "failed"} == {
        "workload prometheus": f"{cluster.controllers['prometheus']['kind']} has 0 of 1 ready pod,"
        " 1 of its current version: kubectl -n monitoring describe pods -l app.kubernetes.io/instance=prometheus"
        " says why.",
        "inside the cluster only": "Service grafana has type LoadBalancer: run make up STACK=kettle.",
    }
    assert report.exit_status == 1


def test_a_cluster_without_the_stack_could_not_be_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = on_kubernetes(tmp_path, Cluster({"stranger": {"metadata": {"name": "stranger"}}}), monkeypatch)
    assert (
        report.error
        == "Stack kettle is not up: nothing of it is in monitoring and monitoring-agents. Run make up STACK=kettle."
    )
    assert report.exit_status == 2


def test_without_kubectl_a_cluster_could_not_be_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = on_kubernetes(tmp_path, None, monkeypatch)
    assert report.error == "kubectl is not on the PATH: install it, then run this again."
    assert report.exit_status == 2


def test_a_cluster_that_does_not_answer_could_not_be_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = on_kubernetes(tmp_path, Cluster(), monkeypatch)
    assert report.error == "the cluster does not answer (no such thing): check the kubeconfig's context."
    assert report.exit_status == 2
