"""The rendered production tree, checked by programs: Kubernetes' own schemas, kubectl, and the shell of a probe."""

from __future__ import annotations

import copy
import http.server
import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from images.build import tool_cached, tool_path
from program.prepare import prepare_program
from rendering.render import captured_program
from runtimes import probes
from runtimes.capture import CapturedResource
from runtimes.kubernetes import pod
from runtimes.kubernetes.render import manifests
from settings.stackfile import read_stack_file
from workloads.workload import HttpProbe

ROOT = Path(__file__).resolve().parents[2]
# The minors that Kubernetes supports.
MINORS = ("1.35", "1.36", "1.37")
SERVICES = (
    {"name": "found", "kind": "http", "discover": {"kubernetes": {"namespaces": ["shop"], "labels": {"app": "found"}}}},
    {"name": "pipelines", "kind": "airflow"},
)
PASSWORD = "not-in-any-argument"

schemas: Any = pytest.importorskip(
    "kubernetes_validate", reason="kubernetes-validate, which carries the Kubernetes schemas, is not installed"
)


def captured_production() -> list[CapturedResource]:
    """What ships, and what it has none of: replicas, discovered pods, and an exporter that is sent to by UDP."""
    raw = read_stack_file(ROOT / "Pulumi.prod.yaml")
    listed: Any = raw.values["services"]
    raw = replace(raw, values={**raw.values, "availability": "high", "services": [*listed, *SERVICES]})
    return captured_program(prepare_program(raw, "prod"))


@pytest.fixture(scope="module")
def captured() -> list[CapturedResource]:
    return captured_production()


@pytest.fixture(scope="module")
def tree(captured: list[CapturedResource]) -> dict[str, str]:
    return manifests(captured)


@pytest.fixture(scope="module")
def objects(tree: dict[str, str]) -> list[dict[str, Any]]:
    """Every object of the tree, as kubectl would read it."""
    return [
        document for path, text in tree.items() if path != "kustomization.yaml" for document in yaml.safe_load_all(text)
    ]


def object_of(objects: list[dict[str, Any]], kind: str, name: str) -> dict[str, Any]:
    (found,) = [each for each in objects if (each["kind"], each["metadata"]["name"]) == (kind, name)]
    return copy.deepcopy(found)


# Schemas


@pytest.mark.parametrize("minor", MINORS)
def test_every_object_is_valid_with_no_field_unknown(objects: list[dict[str, Any]], minor: str) -> None:
    assert len(objects) >= 40
    for each in objects:
        # The answer is the minor that was used: another one means that its schemas are not there.
        assert schemas.validate(each, minor, strict=True) == minor


def test_an_unknown_field_is_refused(objects: list[dict[str, Any]]) -> None:
    wrong = object_of(objects, "Deployment", "blackbox-exporter")
    wrong["spec"]["template"]["spec"]["containers"][0]["readOnlyRootFilesystem"] = True
    with pytest.raises(schemas.ValidationError, match="readOnlyRootFilesystem"):
        schemas.validate(wrong, MINORS[-1], strict=True)


def test_a_value_of_the_wrong_type_is_refused(objects: list[dict[str, Any]]) -> None:
    wrong = object_of(objects, "StatefulSet", "prometheus")
    wrong["spec"]["replicas"] = "1"
    with pytest.raises(schemas.ValidationError, match="'1' is not of type"):
        schemas.validate(wrong, MINORS[-1], strict=True)


def test_a_missing_field_is_refused(objects: list[dict[str, Any]]) -> None:
    wrong = object_of(objects, "DaemonSet", "node-exporter")
    del wrong["spec"]["selector"]
    with pytest.raises(schemas.ValidationError, match="'selector' is a required property"):
        schemas.validate(wrong, MINORS[-1], strict=True)


# The tree


def test_the_tree_holds_every_object_but_secrets_once(
    captured: list[CapturedResource], objects: list[dict[str, Any]]
) -> None:
    expected = sorted(
        (found.inputs["kind"], found.inputs["metadata"]["name"])
        for found in captured
        if found.type.startswith("kubernetes:") and found.inputs["kind"] != "Secret"
    )
    assert sorted((each["kind"], each["metadata"]["name"]) for each in objects) == expected


def test_one_file_for_each_workload_and_all_of_them_listed(tree: dict[str, str]) -> None:
    assert "workloads/prometheus.yaml" in tree
    kinds = [document["kind"] for document in yaml.safe_load_all(tree["workloads/prometheus.yaml"])]
    access = ["Role", "RoleBinding", "ServiceAccount"]
    assert kinds == ["PersistentVolumeClaim", "ConfigMap", "Service", *access, "StatefulSet"]
    listed = yaml.safe_load(tree["kustomization.yaml"])["resources"]
    assert listed == sorted(path for path in tree if path != "kustomization.yaml")


def test_the_tree_is_the_same_on_every_run(tree: dict[str, str]) -> None:
    assert manifests(captured_production()) == tree
    assert manifests(captured_production()[::-1]) == tree


def test_an_object_begins_with_what_it_is(objects: list[dict[str, Any]]) -> None:
    assert {tuple(each)[:3] for each in objects} == {("apiVersion", "kind", "metadata")}


def test_nothing_that_only_the_engine_reads_is_in_the_tree(tree: dict[str, str]) -> None:
    assert not [path for path, text in tree.items() if "pulumi.com/" in text]


def test_configuration_is_readable_line_by_line(tree: dict[str, str]) -> None:
    assert "  prometheus.yml: |\n    global:\n" in tree["workloads/prometheus.yaml"]


# Secrets


def test_no_secret_is_in_the_tree(tree: dict[str, str], objects: list[dict[str, Any]]) -> None:
    assert not [each for each in objects if each["kind"] == "Secret"]
    for path, text in tree.items():
        assert "<secret" not in text, path
        assert "bcrypt" not in text, path


def test_every_secret_that_is_mounted_is_made_from_files_beside_the_tree(
    tree: dict[str, str], objects: list[dict[str, Any]]
) -> None:
    mounted = {
        volume["secret"]["secretName"]
        for each in objects
        for volume in each.get("spec", {}).get("template", {}).get("spec", {}).get("volumes", [])
        if "secret" in volume
    }
    generated = {each["name"]: each["files"] for each in yaml.safe_load(tree["kustomization.yaml"])["secretGenerator"]}
    assert set(generated) == mounted
    assert generated["prometheus-secrets"] == [
        "alertmanagerPassword=secrets/prometheus/alertmanagerPassword",
        "prometheusPassword=secrets/prometheus/prometheusPassword",
        "web.yml=secrets/prometheus/web.yml",
    ]


@pytest.fixture
def written(tree: dict[str, str], tmp_path: Path) -> Path:
    for path, text in tree.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    return tmp_path


def kustomize(folder: Path) -> subprocess.CompletedProcess[str]:
    kubectl = shutil.which("kubectl") or tool_cached("kubectl")
    if kubectl is None:
        pytest.skip("kubectl is neither installed nor compiled (`make test-engine` compiles it)")
    return subprocess.run([kubectl, "kustomize", str(folder)], capture_output=True, text=True, check=False)


def test_kubectl_builds_the_tree_with_the_secret_files_beside_it(
    written: Path, tree: dict[str, str], objects: list[dict[str, Any]]
) -> None:
    for generated in yaml.safe_load(tree["kustomization.yaml"])["secretGenerator"]:
        for entry in generated["files"]:
            file = written / entry.partition("=")[2]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("filled in\n", encoding="utf-8")
    built = kustomize(written)
    assert built.returncode == 0, built.stderr
    documents = list(yaml.safe_load_all(built.stdout))
    secrets = [each for each in documents if each["kind"] == "Secret"]
    assert {each["metadata"]["namespace"] for each in secrets} == {"monitoring"}
    assert "prometheus-secrets" in {each["metadata"]["name"] for each in secrets}
    others = [each for each in documents if each["kind"] != "Secret"]
    key = json.dumps
    assert sorted(map(key, others)) != []
    assert sorted(key(each, sort_keys=True) for each in others) == sorted(key(each, sort_keys=True) for each in objects)


def test_kubectl_refuses_the_tree_and_names_a_secret_file_that_is_missing(written: Path) -> None:
    built = kustomize(written)
    assert built.returncode != 0
    assert "secrets/alertmanager/alertmanagerPassword" in built.stderr


# The probe that logs in


class ReadyServer(http.server.BaseHTTPRequestHandler):
    """Ready for who logs in as admin, as Prometheus with a web configuration is."""

    def do_GET(self) -> None:
        logged_in = self.headers.get("Authorization") == "Basic YWRtaW46bm90LWluLWFueS1hcmd1bWVudA=="
        self.send_response(200 if logged_in and self.path == "/-/ready" else 401)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the test's output is its result."""


@pytest.fixture
def ready_port() -> Iterator[int]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), ReadyServer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield int(server.server_address[1])
        server.shutdown()


@pytest.mark.parametrize(
    ("path", "password", "is_ready"),
    [("/-/ready", PASSWORD, True), ("/-/ready", "wrong", False), ("/elsewhere", PASSWORD, False)],
)
def test_the_probe_logs_in_with_the_shell_of_upstreams_images(
    ready_port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, password: str, is_ready: bool
) -> None:
    busybox = tool_path("busybox")
    (tmp_path / "password").write_text(password, encoding="utf-8")
    for program in ("sh", "cat", "base64", "tr", "nc", "grep"):
        (tmp_path / program).symlink_to(busybox)
    monkeypatch.setattr(probes, "SECRETS_DIRECTORY", str(tmp_path))
    command = pod.probe_command(HttpProbe(ready_port, path, "admin", "password"))
    shell = [str(tmp_path / command[0]), *command[1:]]
    status = subprocess.run(shell, env={"PATH": str(tmp_path)}, check=False, timeout=10).returncode
    assert (status == 0) is is_ready
    assert PASSWORD not in " ".join(command)
