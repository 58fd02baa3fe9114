"""What Kubernetes objects have in common: labels, names that follow content, and quantities."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from runtimes.kubernetes.objects import config_data, content_suffix, cores, quantity
from tests.unit.runtimes.kubernetes.registered import (
    AGENT,
    CONFIGURED,
    PLAIN,
    SECRET,
    SECRETIVE,
    STORING,
    inputs_of,
    pod_of,
    run,
)
from workloads.workload import ConfigDirectory, Workload


def test_the_engine_takes_back_what_somebody_changed_on_any_object() -> None:
    resources = run([replace(STORING, config=CONFIGURED.config, clients=("agent",)), AGENT])
    objects = [found.inputs["metadata"] for found in resources.values() if found.type.startswith("kubernetes:")]
    assert len(objects) >= 12
    assert {metadata["annotations"]["pulumi.com/patchForce"] for metadata in objects} == {"true"}


def test_every_object_carries_the_recommended_labels() -> None:
    recommended = {
        "app.kubernetes.io/name": "redis-exporter",
        "app.kubernetes.io/instance": "redis-exporter-cache",
        "app.kubernetes.io/part-of": "monitoring-test",
        "app.kubernetes.io/managed-by": "pulumi",
    }
    workload = replace(
        CONFIGURED,
        name="redis-exporter-cache",
        image="redis-exporter",
        volumes=STORING.volumes,
        secrets=SECRETIVE.secrets,
    )
    resources = run([workload])
    for kind in ("StatefulSet", "Service", "ConfigMap", "Secret", "PersistentVolumeClaim"):
        (labels,) = [found.inputs["metadata"]["labels"] for key, found in resources.items() if key[0] == kind]
        assert labels == recommended
    controller = resources["StatefulSet", "redis-exporter-cache"].inputs
    assert controller["spec"]["template"]["metadata"]["labels"] == recommended


def with_rule(text: str) -> Workload:
    return replace(PLAIN, config=ConfigDirectory("/etc/loki", {"rules/x.yml": text}))


def config_map_of(workload: Workload) -> Mapping[str, Any]:
    return inputs_of(workload, "ConfigMap", "loki-config")


def test_configuration_files_keep_their_paths() -> None:
    config_map = config_map_of(CONFIGURED)
    assert config_map["data"] == {"loki.yaml": "a: 1\n", "rules__x.yml": "b: 2\n"}
    pod = pod_of(CONFIGURED)
    assert pod["volumes"] == [
        {
            "name": "config",
            "configMap": {
                "name": config_map["metadata"]["name"],
                "defaultMode": 0o440,
                "items": [
                    {"key": "loki.yaml", "path": "loki.yaml"},
                    {"key": "rules__x.yml", "path": "rules/x.yml"},
                ],
            },
        }
    ]
    assert pod["containers"][0]["volumeMounts"] == [{"name": "config", "mountPath": "/etc/loki", "readOnly": True}]


def test_a_changed_file_makes_another_config_map_and_rolls_the_pods() -> None:
    before, same, after = (with_rule(text) for text in ("b: 2\n", "b: 2\n", "b: 3\n"))
    names = [config_map_of(workload)["metadata"]["name"] for workload in (before, same, after)]
    assert names[0] == names[1] != names[2]
    assert config_map_of(before)["immutable"] is True
    pods = [json.dumps(pod_of(workload), sort_keys=True) for workload in (before, same, after)]
    assert pods[0] == pods[1] != pods[2]


def test_a_renamed_file_is_a_change() -> None:
    one, other = (ConfigDirectory("/etc", {name: "x"}) for name in ("a.yml", "b.yml"))
    assert content_suffix(config_data("loki", one)) != content_suffix(config_data("loki", other))


def test_configuration_beyond_what_a_config_map_holds_is_refused_by_name_and_size() -> None:
    just_fits = ConfigDirectory("/etc", {"a": "x" * (1024 * 1024 - 1)})
    assert config_data("loki", just_fits)
    too_much = ConfigDirectory("/etc", {"a": "ä" * (512 * 1024)})
    with pytest.raises(ValueError) as refused:
        run([replace(PLAIN, config=too_much)])
    assert str(refused.value) == (
        "workload loki: its configuration files are 1048577 bytes together, and a ConfigMap holds 1048576 at most;"
        " give it fewer or smaller files"
    )


def test_two_files_that_would_share_a_key_are_refused() -> None:
    config = ConfigDirectory("/etc", {"rules/x": "1", "rules__x": "2"})
    with pytest.raises(ValueError, match="two configuration files differ only in '/' and '__'"):
        config_data("loki", config)


def test_secrets_are_files_that_the_program_may_read() -> None:
    secret = run([SECRETIVE])["Secret", "loki-secrets"].inputs
    assert secret["stringData"] == {"web.yml": SECRET}
    assert (secret["type"], secret["immutable"]) == ("Opaque", True)
    pod = pod_of(SECRETIVE)
    assert pod["volumes"] == [
        {"name": "secrets", "secret": {"secretName": secret["metadata"]["name"], "defaultMode": 0o440}}
    ]
    assert pod["containers"][0]["volumeMounts"] == [{"name": "secrets", "mountPath": "/run/secrets", "readOnly": True}]
    assert pod["securityContext"]["fsGroup"] == SECRETIVE.user


def test_a_changed_secret_makes_another_secret_and_rolls_the_pods() -> None:
    names = []
    for text in (SECRET, SECRET, "other"):
        name = inputs_of(SECRETIVE, "Secret", "loki-secrets", secret=text)["metadata"]["name"]
        assert pod_of(SECRETIVE, secret=text)["volumes"][0]["secret"]["secretName"] == name
        names.append(name)
    assert names[0] == names[1] != names[2]


def test_a_secrets_name_cannot_be_computed_from_a_guess_of_its_content() -> None:
    name = inputs_of(SECRETIVE, "Secret", "loki-secrets")["metadata"]["name"]
    assert name != f"loki-secrets-{content_suffix({'web.yml': SECRET})}"
    assert name == f"loki-secrets-{content_suffix({'web.yml': SECRET}, key='<secret key>')}"


@pytest.mark.parametrize(("size", "text"), [(512, "512Mi"), (1536, "1536Mi"), (4096, "4Gi"), (2 * 1024 * 1024, "2Ti")])
def test_sizes_are_written_as_the_api_server_gives_them_back(size: int, text: str) -> None:
    assert quantity(size) == text


@pytest.mark.parametrize(("cpus", "text"), [(2, "2"), (0.25, "250m"), (1.5, "1500m"), (0.1 * 0.25, "25m")])
def test_cpus_are_written_as_the_api_server_gives_them_back(cpus: float, text: str) -> None:
    assert cores(cpus) == text
