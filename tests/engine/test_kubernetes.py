"""The production example on the real engine and a real control plane: its life from up to destroy, in this order."""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from images.build import tool_cached
from operations.target import load_target
from rendering.render import render_tree
from runtimes.console import Failure
from runtimes.kubernetes.health import connect
from settings.errors import ConfigurationError
from tests.engine.cluster import STORAGE_CLASS, Cluster
from tests.engine.life import NAMESPACES, Life, changed
from tests.engine.stack import STACK, EngineStack
from tests.stacks import stack_file

NOTHING_TO_CHANGE = f"==> Nothing to change: stack {STACK} runs as its settings say"
NEEDED = ("pulumi", "pulumi-resource-kubernetes")


def _only_what_anybody_has(config: dict[str, Any]) -> None:
    """Grafana's content in files, and nobody told: the example's secrets of receivers stand for its owner's."""
    config["monitoring:grafana"].update(content="files")
    secrets = [key for key, value in config.items() if isinstance(value, dict) and "secure" in value]
    for key in ("monitoring:receivers", "monitoring:teams", "monitoring:alerting", *secrets):
        del config[key]


@pytest.fixture(scope="module")
def life(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """The production example, with Grafana's content from files: its provider is in no package registry."""
    if missing := [name for name in NEEDED if shutil.which(name) is None and tool_cached(name) is None]:
        pytest.skip(f"not compiled: {', '.join(missing)} (`make test-engine` compiles what is missing)")
    folder = tmp_path_factory.mktemp("stack")

    stack = EngineStack(stack_file(folder, STACK, base="prod", kubernetes={}))
    stack.edit(_only_what_anybody_has)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("KUBECONFIG", str(cluster.kubeconfig))
        environment.setenv("PATH", str(cluster.program.parent), prepend=":")
        for name in ("PULUMI_BACKEND_URL", "PULUMI_ACCESS_TOKEN"):
            environment.delenv(name, raising=False)
        yield Life(stack, cluster)


def test_an_up_that_people_interrupt_ends_in_a_sentence(life: Life) -> None:
    status, said = life.interrupted(signal.SIGINT)
    assert status == 1, said
    assert "interrupted: ending what is being done now" in said
    assert f"Pulumi failed on stack {STACK}" in said.splitlines()[-1]
    assert "Traceback" not in said


def test_an_up_that_was_killed_goes_on_with_the_next(life: Life, capfd: pytest.CaptureFixture[str]) -> None:
    status, _ = life.interrupted(signal.SIGKILL)
    assert status == -signal.SIGKILL
    life.stack.up()
    assert "the last run was killed: going on from where it stopped" in capfd.readouterr().err


def test_every_workload_has_its_pods(life: Life) -> None:
    program = load_target(STACK, life.stack.file).program
    names = [workload.name for workload in program.workloads]
    found = connect(program).workloads(names)
    assert {name: health.state for name, health in found.items()} == dict.fromkeys(names, "healthy")
    assert len(names) >= 11


def test_only_the_agents_namespace_lets_anything_see_the_host(life: Life) -> None:
    labels = {item["metadata"]["name"]: item["metadata"]["labels"] for item in life.cluster.objects("namespaces")}
    enforced = {name: labels[name]["pod-security.kubernetes.io/enforce"] for name in NAMESPACES}
    assert enforced == {"monitoring": "restricted", "monitoring-agents": "privileged"}
    pods = life.cluster.objects("pods", "--namespace=monitoring-agents")
    agents = {"cadvisor", "collector-agent", "node-exporter"}
    assert {pod["metadata"]["labels"]["app.kubernetes.io/instance"] for pod in pods} == agents


def test_every_client_finds_its_server_under_the_same_name(life: Life) -> None:
    """A Service that only stands for another one is in the client's namespace, and the other one has pods."""
    services = {
        f"{item['metadata']['name']}.{item['metadata']['namespace']}": item["spec"]
        for item in life.cluster.objects("services", "--all-namespaces")
    }
    workloads = {workload.name: workload for workload in load_target(STACK, life.stack.file).program.workloads}
    homes = {name: "monitoring" if f"{name}.monitoring" in services else "monitoring-agents" for name in workloads}
    homes |= dict.fromkeys(("cadvisor", "collector-agent", "node-exporter"), "monitoring-agents")
    asked = [
        (workloads[client], server) for server in workloads.values() for client in server.clients if client in workloads
    ]
    for client, server in asked:
        found = services[f"{server.name}.{homes[client.name]}"]
        if found["type"] == "ExternalName":
            assert found["externalName"] == f"{server.name}.{homes[server.name]}.svc.cluster.local"
            found = services[f"{server.name}.{homes[server.name]}"]
        assert found["selector"]["app.kubernetes.io/instance"] == server.name
    crossing = {(client.name, server.name) for client, server in asked if homes[client.name] != homes[server.name]}
    assert ("collector-agent", "collector-gateway") in crossing
    assert ("prometheus", "node-exporter") in crossing


def test_a_second_up_changes_nothing(life: Life, capfd: pytest.CaptureFixture[str]) -> None:
    before = life.versions()
    life.stack.up()
    said = capfd.readouterr().err
    assert said.splitlines()[-1] == NOTHING_TO_CHANGE
    assert "not by this program" not in said, "a look at the cluster found a difference"
    assert life.versions() == before


def test_more_memory_changes_the_program_that_gets_it(life: Life) -> None:
    before = life.versions()
    life.stack.up(lambda config: config["monitoring:prometheus"].update(memory="5Gi"))
    assert changed(before, life.versions()) == {"StatefulSet prometheus"}


def test_a_changed_file_rolls_its_readers_and_nothing_else(life: Life) -> None:
    before = life.versions()
    life.stack.up(lambda config: config["monitoring:prometheus"].update(scrape_interval="20s"))
    assert changed(before, life.versions()) == {
        *("ConfigMap prometheus-config", "StatefulSet prometheus"),
        *("ConfigMap collector-gateway-config", "StatefulSet collector-gateway"),
    }


def test_a_mistake_in_the_settings_changes_nothing(life: Life) -> None:
    before = life.versions()
    life.stack.edit(lambda config: config.update({"monitoring:retentoin": {}, "monitoring:prometheus.memory": "9Gi"}))
    with life.stack.started("up") as process:
        _, said = process.communicate(timeout=60)
    assert process.returncode == 2, said
    words = said[said.index(f"Pulumi.{STACK}.yaml: ") :]
    assert "unknown key 'retentoin'" in words
    assert all(
        line.startswith((f"Pulumi.{STACK}.yaml: 2 mistakes, nothing was deployed.", "  1. ", "  2. "))
        for line in words.splitlines()
    )
    assert life.versions() == before
    life.stack.edit(lambda config: config.pop("monitoring:retentoin") or config.pop("monitoring:prometheus.memory"))


def test_what_somebody_changed_with_kubectl_is_put_right(life: Life, capfd: pytest.CaptureFixture[str]) -> None:
    before = life.versions()
    kubectl, inside = life.cluster.kubectl, "--namespace=monitoring"
    kubectl("scale", "statefulset/tempo", "--replicas=2", inside)
    kubectl("set", "image", "deployment/blackbox-exporter", "blackbox-exporter=example.com/other:1", inside)
    kubectl("label", "namespace/monitoring", "pod-security.kubernetes.io/enforce=privileged", "--overwrite")
    kubectl("delete", "service/grafana", "networkpolicy/prometheus", "deployment/redis-exporter-orders-cache", inside)
    life.stack.up()
    after = life.versions()
    assert changed(before, after) == {
        *("Service grafana", "NetworkPolicy prometheus", "Deployment redis-exporter-orders-cache")
    }
    assert before.keys() == after.keys()
    said = capfd.readouterr().err
    assert "was changed, not by this program: StatefulSet monitoring-tempo" in said
    assert "is gone, not by this program: Service monitoring-grafana" in said


def test_a_volume_that_would_shrink_is_a_mistake_before_anything_changes(
    life: Life, capfd: pytest.CaptureFixture[str]
) -> None:
    before = life.versions()
    life.stack.edit(lambda config: config["monitoring:prometheus"].update(storage="50Gi", memory="6Gi"))
    with pytest.raises(ConfigurationError) as mistakes:
        life.stack.up()
    assert str(mistakes.value) == (
        f"Pulumi.{STACK}.yaml: 1 mistake, nothing was deployed.\n"
        "  1. prometheus.storage: found '50Gi' for the claim prometheus-data. Allowed: 100Gi or more, which it has."
        " A volume cannot shrink."
    )
    assert life.versions() == before
    life.stack.edit(lambda config: config["monitoring:prometheus"].update(storage="100Gi", memory="5Gi"))
    life.stack.up()
    assert capfd.readouterr().err.splitlines()[-1] == NOTHING_TO_CHANGE


def test_a_volume_that_cannot_grow_is_refused(life: Life, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Failure, match=f"Pulumi failed on stack {STACK}"):
        life.stack.up(lambda config: config["monitoring:prometheus"].update(storage="200Gi"))
    assert "the storageclass that provisions the pvc must support resize" in capfd.readouterr().err


def test_a_volume_grows_where_its_class_lets_it_without_waiting(life: Life) -> None:
    life.cluster.kubectl("patch", f"storageclass/{STORAGE_CLASS}", "--patch", '{"allowVolumeExpansion": true}')
    before = life.versions()
    life.stack.up()
    # Nothing here makes volumes larger: the engine has left it to the cluster.
    holds = ("--namespace", NAMESPACES[0], "--output", "jsonpath={.status.capacity.storage}")
    assert life.cluster.kubectl("get", "persistentvolumeclaim/prometheus-data", *holds) != "200Gi"
    assert "PersistentVolumeClaim prometheus-data" in changed(before, life.versions())


def test_a_service_that_is_removed_takes_its_objects_along(life: Life) -> None:
    def without_cache(config: dict[str, Any]) -> None:
        services = config["monitoring:services"]
        config["monitoring:services"] = [each for each in services if each["name"] != "orders-cache"]
        for service in config["monitoring:services"]:
            service.pop("depends_on", None)

    before = life.versions()
    life.stack.up(without_cache)
    gone = {f"{kind} {name}" for kind, _, name in before.keys() - life.versions().keys()}
    exporter = "redis-exporter-orders-cache"
    assert {f"Deployment {exporter}", f"Service {exporter}", f"NetworkPolicy {exporter}"} <= gone
    assert {each for each in gone if not each.startswith("ConfigMap")} == {each for each in gone if exporter in each}


def test_data_that_is_protected_is_not_destroyed(life: Life) -> None:
    before = life.versions()
    with pytest.raises(Failure, match="protects its data"):
        life.stack.destroy()
    assert life.versions() == before


def test_destroy_leaves_nothing_behind(life: Life) -> None:
    life.stack.up(lambda config: config.update({"monitoring:protect_data": False}))
    life.stack.destroy()
    assert life.versions() == {}
    left = {item["metadata"]["name"] for item in life.cluster.objects("namespaces")}
    assert not left & set(NAMESPACES)
    assert not (life.stack.file.parent / "state" / STACK).exists()


def test_the_rendered_tree_is_applied_twice_without_a_warning(cluster: Cluster, tmp_path: Path) -> None:
    for path, text in render_tree(load_target("prod").program).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    kustomization = yaml.safe_load((tmp_path / "kustomization.yaml").read_text(encoding="utf-8"))
    for generated in kustomization["secretGenerator"]:
        for entry in generated["files"]:
            file = tmp_path / entry.partition("=")[2]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("filled in\n", encoding="utf-8")
    command = [
        str(cluster.program),
        f"--kubeconfig={cluster.kubeconfig}",
        "apply",
        "--server-side",
        "-k",
        str(tmp_path),
    ]
    first, second = (subprocess.run(command, capture_output=True, text=True, check=False) for _ in range(2))
    assert (first.returncode, first.stderr) == (0, "")
    assert (second.returncode, second.stderr) == (0, "")
    assert sorted(first.stdout.splitlines()) == sorted(second.stdout.splitlines())
    assert len(first.stdout.splitlines()) >= 50
    cluster.kubectl("delete", "namespace", *NAMESPACES)
