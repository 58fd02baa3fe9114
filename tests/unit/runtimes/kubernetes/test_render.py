"""The tree of made-up workloads that `kubectl apply -k` takes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import yaml

from runtimes.capture import CapturedResource
from runtimes.kubernetes.render import manifests
from tests.unit.runtimes.kubernetes.registered import AGENT, CONFIGURED, SECRET, SECRETIVE, STORING, run

STORE = replace(STORING, config=CONFIGURED.config, secrets=SECRETIVE.secrets, clients=("agent",))


@pytest.fixture(scope="module")
def captured() -> list[CapturedResource]:
    """A store and an agent of its hosts, as they are registered."""
    return [*run([STORE, AGENT]).values()]


@pytest.fixture(scope="module")
def tree(captured: list[CapturedResource]) -> dict[str, str]:
    return manifests(captured)


def kinds_in(text: str) -> list[str]:
    return [document["kind"] for document in yaml.safe_load_all(text)]


def test_each_workload_is_a_file_in_which_what_is_referred_to_comes_first(tree: dict[str, str]) -> None:
    assert kinds_in(tree["workloads/loki.yaml"]) == [
        *("PersistentVolumeClaim", "ConfigMap", "Service", "Service", "StatefulSet"),
    ]
    assert kinds_in(tree["namespaces.yaml"]) == ["Namespace", "Namespace"]
    assert set(kinds_in(tree["network-policies.yaml"])) == {"NetworkPolicy"}
    listed = yaml.safe_load(tree["kustomization.yaml"])["resources"]
    assert listed == sorted(tree.keys() - {"kustomization.yaml"})


def test_secrets_are_made_from_files_that_are_not_in_the_tree(tree: dict[str, str]) -> None:
    assert SECRET not in "".join(tree.values())
    assert "kind: Secret\n" not in "".join(tree.values())
    kustomization: dict[str, Any] = yaml.safe_load(tree["kustomization.yaml"])
    assert [(made["namespace"], made["name"], made["files"]) for made in kustomization["secretGenerator"]] == [
        ("monitoring-agents", "agent-secrets", ["web.yml=secrets/agent/web.yml"]),
        ("monitoring", "loki-secrets", ["web.yml=secrets/loki/web.yml"]),
    ]
    assert kustomization["generatorOptions"] == {"disableNameSuffixHash": True}


def test_a_pod_names_its_secret_as_it_will_be_made(tree: dict[str, str]) -> None:
    *_, controller = yaml.safe_load_all(tree["workloads/loki.yaml"])
    volumes = controller["spec"]["template"]["spec"]["volumes"]
    assert [volume["secret"]["secretName"] for volume in volumes if "secret" in volume] == ["loki-secrets"]


def test_what_only_the_engine_reads_is_left_out(captured: list[CapturedResource], tree: dict[str, str]) -> None:
    assert any("pulumi.com/" in str(found.inputs) for found in captured)
    assert "pulumi.com/" not in "".join(tree.values())


def test_the_order_in_which_things_were_registered_does_not_matter(
    captured: list[CapturedResource], tree: dict[str, str]
) -> None:
    assert manifests(captured[::-1]) == tree


def test_an_object_that_is_registered_twice_is_refused(captured: list[CapturedResource]) -> None:
    (twice,) = [found for found in captured if found.type == "kubernetes:apps/v1:StatefulSet"]
    with pytest.raises(ValueError, match="two resources are the same object: StatefulSet monitoring loki"):
        manifests([*captured, twice])


def test_text_that_looks_like_a_number_stays_text() -> None:
    """1e-05 is text to Python's YAML and a number to kubectl's, which then refuses the environment variable."""
    like_numbers = ["1e-05", "0o17", "10", "+1.5e3", "0x1F"]
    labels = {"app.kubernetes.io/instance": "x"}
    inputs = {"kind": "ConfigMap", "metadata": {"name": "x", "labels": labels}, "data": like_numbers}
    resource = CapturedResource("urn", "kubernetes:core/v1:ConfigMap", "x", inputs, True, ())
    text = manifests([resource])["workloads/x.yaml"]
    assert [line for line in text.splitlines() if line.startswith("- ")] == [f"- '{each}'" for each in like_numbers]
