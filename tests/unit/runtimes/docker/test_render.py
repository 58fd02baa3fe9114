"""The Compose project: the same containers, names, networks, volumes and files as the provider's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import yaml

from components.shared import to_yaml
from runtimes.capture import CapturedResource
from runtimes.docker.render import compose_project, is_secret_directory, project_files
from tests.conftest import CONTAINER, HOST_DIRECTORY, Deploy, Deployment

# What only a provider does: waiting, and what Compose says with `restart: no` and `service_completed_successfully`.
PROVIDER_ONLY = {"wait", "waitTimeout", "mustRun", "attach", "destroyGraceSeconds"}


@pytest.fixture
def dev(deployed: Deploy) -> Deployment:
    """The dev stack as it is rendered, with a foreign network besides."""
    return deployed("dev", grafana={"content": "files"}, docker={"networks": ["shop_default"]})


@pytest.fixture
def project(dev: Deployment) -> dict[str, Any]:
    """The Compose project after a round through YAML, as Compose reads it."""
    found: dict[str, Any] = yaml.load(to_yaml(compose_project(dev.resources, "monitoring-dev")), yaml.CSafeLoader)
    return found


def unescaped(values: Sequence[str]) -> list[str]:
    assert all("$" not in value.replace("$$", "") for value in values), values
    return [value.replace("$$", "$") for value in values]


def as_the_provider_says_it(service: Mapping[str, Any]) -> dict[str, Any]:
    """A Compose service in the words of pulumi-docker: what both must agree on."""
    said: dict[str, Any] = {
        "name": service["container_name"],
        "image": service["image"],
        "command": unescaped(service.get("command", [])),
        "user": service["user"],
        "readOnly": service["read_only"],
        "capabilities": {
            "adds": [f"CAP_{name}" for name in service.get("cap_add", [])],
            "drops": service["cap_drop"],
        },
        "securityOpts": service["security_opt"],
        "memory": service["mem_limit"] // 1024**2,
        "memorySwap": service["memswap_limit"] // 1024**2,
        "restart": service["restart"],
        "labels": [{"label": key, "value": value} for key, value in service["labels"].items()],
        "logDriver": service["logging"]["driver"],
        "logOpts": service["logging"]["options"],
        "volumes": [
            {
                "hostPath" if mount["type"] == "bind" else "volumeName": mount["source"],
                "containerPath": mount["target"],
                **({"readOnly": True} if mount.get("read_only") else {}),
            }
            for mount in service["volumes"]
        ],
        "ports": [
            {"ip": ip, "external": int(external), "internal": int(internal), "protocol": "tcp"}
            for ip, external, internal in (port.split(":") for port in service.get("ports", []))
        ],
        "envs": unescaped(service.get("environment", [])),
    }
    if "entrypoint" in service:
        said["entrypoints"] = unescaped(service["entrypoint"])
    if "cpus" in service:
        said["cpus"] = str(float(service["cpus"]))
    if "init" in service:
        said["init"] = service["init"]
    if "pid" in service:
        said["pidMode"] = service["pid"]
    if "network_mode" in service:
        said["networkMode"] = service["network_mode"]
    if "networks" in service:
        said["networksAdvanced"] = [
            {"name": name, **({"aliases": options["aliases"]} if options else {})}
            for name, options in service["networks"].items()
        ]
    if "extra_hosts" in service:
        said["hosts"] = [dict(zip(("host", "ip"), entry.split(":"), strict=True)) for entry in service["extra_hosts"]]
    if "ulimits" in service:
        said["ulimits"] = [{"name": name, **limit} for name, limit in service["ulimits"].items()]
    if "tmpfs" in service:
        said["tmpfs"] = dict(entry.split(":", 1) for entry in service["tmpfs"])
    if "stop_grace_period" in service:
        said["stopTimeout"] = int(service["stop_grace_period"].removesuffix("s"))
    if "healthcheck" in service:
        check = service["healthcheck"]
        said["healthcheck"] = {
            "tests": unescaped(check["test"]),
            "interval": check["interval"],
            "timeout": check["timeout"],
            "startPeriod": check["start_period"],
            "retries": check["retries"],
        }
    return said


def without_nothing(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Inputs that say something: an empty list of ports is no ports."""
    return {
        key: {inner: found for inner, found in value.items() if found != []} if key == "capabilities" else value
        for key, value in inputs.items()
        if value != []
    }


def test_compose_runs_the_same_containers_down_to_every_setting(dev: Deployment, project: dict[str, Any]) -> None:
    assert set(project["services"]) == set(dev.containers)
    for name, container in dev.containers.items():
        said = without_nothing(as_the_provider_says_it(project["services"][name]))
        asked = {key: value for key, value in container.inputs.items() if key not in PROVIDER_ONLY}
        assert said == without_nothing(asked), name


def test_compose_starts_programs_in_the_same_order(dev: Deployment, project: dict[str, Any]) -> None:
    for name, service in project["services"].items():
        assert service.get("depends_on", {}) == {
            other: {"condition": "service_completed_successfully" if other == "prepare" else "service_healthy"}
            for other in dev.first_of(name)
        }, name


def test_compose_uses_the_same_volumes_and_networks_under_the_same_names(
    dev: Deployment, project: dict[str, Any]
) -> None:
    volumes = {found.inputs["name"] for found in dev.of("docker:index/volume:Volume").values()}
    assert project["volumes"] == {name: {"name": name} for name in volumes}
    assert "monitoring-dev-prometheus-data" in volumes
    # Docker's own volume is not to be prefixed once more by Compose, and a network of others not to be made.
    assert project["name"] == "monitoring-dev"
    assert project["networks"] == {
        "monitoring-dev": {"name": "monitoring-dev", "labels": {"monitoring.stack": "dev"}},
        "shop_default": {"name": "shop_default", "external": True},
    }


def test_compose_takes_images_that_are_there_already(project: dict[str, Any]) -> None:
    assert {service["pull_policy"] for service in project["services"].values()} == {"missing"}


def test_a_dollar_is_escaped_wherever_compose_would_replace_it() -> None:
    container = CapturedResource(
        urn="urn",
        type=CONTAINER,
        name="monitoring-test-kettle",
        inputs={
            "name": "monitoring-test-kettle",
            "image": "kettle:1",
            "entrypoints": ["sh", "-c", "echo $HOME"],
            "command": ["--price=$5", "$${kept}"],
            "envs": ["PRICE=$5"],
            "user": "1:1",
            "readOnly": True,
            "capabilities": {"drops": ["ALL"]},
            "securityOpts": [],
            "memory": 64,
            "memorySwap": 64,
            "restart": "no",
            "labels": [{"label": "price", "value": "$5"}],
            "volumes": [{"hostPath": "/srv/$HOME", "containerPath": "/targets"}],
            "logDriver": "json-file",
            "logOpts": {"tag": "$tag"},
            "healthcheck": {
                "tests": ["CMD", "sh", "-c", 'test "$login"'],
                "interval": "10s",
                "timeout": "5s",
                "startPeriod": "5s",
                "retries": 1,
            },
        },
        custom=True,
        depends_on=(),
    )
    service = compose_project([container], "monitoring-test")["services"]["kettle"]
    assert service["entrypoint"] == ["sh", "-c", "echo $$HOME"]
    assert service["command"] == ["--price=$$5", "$$$${kept}"]
    assert service["environment"] == ["PRICE=$$5"]
    assert service["healthcheck"]["test"] == ["CMD", "sh", "-c", 'test "$$login"']
    assert service["labels"] == {"price": "$$5"}
    assert service["volumes"] == [{"type": "bind", "source": "/srv/$$HOME", "target": "/targets"}]
    assert service["logging"]["options"] == {"tag": "$$tag"}


def test_the_projects_files_are_the_configuration_of_every_program_and_no_secret(dev: Deployment) -> None:
    files = project_files(dev.resources)
    directories = dev.of(HOST_DIRECTORY).values()
    assert {found.name for found in directories if is_secret_directory(found)} == {
        f"monitoring-{workload.name}-secrets" for workload in dev.program.workloads if workload.secrets
    }
    expected = {
        f"config/{workload.name}/{name}": text
        for workload in dev.program.workloads
        if workload.config
        for name, text in workload.config.files.items()
    }
    assert files == expected


def test_the_project_holds_no_secret_even_when_secrets_are_known(deployed: Deploy) -> None:
    values = {"memoryDbMonitorPassword": "value-of-the-first", "memoryCachePassword": "value-of-the-second"}
    stack = deployed("dev", secrets=values, grafana={"content": "files"})
    text = to_yaml(compose_project(stack.resources, "monitoring-dev"))
    text += "".join(project_files(stack.resources).values())
    assert not [value for value in (*values.values(), "<secret ", "<bcrypt ") if value in text]
