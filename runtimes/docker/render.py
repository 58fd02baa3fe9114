"""Captured Docker resources → a Compose project with the same containers, names, networks, volumes and files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from components.shared import to_yaml, with_dollars_doubled
from runtimes.capture import CapturedResource
from runtimes.docker.names import stack_prefix

PROJECT_FILE = "compose.yaml"
CONTAINER = "docker:index/container:Container"
NETWORK = "docker:index/network:Network"
VOLUME = "docker:index/volume:Volume"
DIRECTORY = "pulumi-python:dynamic/monitoring:HostDirectory"
_BYTES_PER_MEBIBYTE = 1024 * 1024


def compose_files(captured: Sequence[CapturedResource], stack: str) -> dict[str, str]:
    """The Compose project of a stack and its configuration files, by path relative to the project."""
    return {PROJECT_FILE: compose_text(captured, stack), **project_files(captured)}


def compose_text(captured: Sequence[CapturedResource], stack: str) -> str:
    """The Compose project of a stack as YAML."""
    return to_yaml(compose_project(captured, stack_prefix(stack)))


def compose_project(captured: Sequence[CapturedResource], name: str) -> dict[str, Any]:
    """The Compose project of a stack on the Docker runtime.

    Args:
        captured: every resource of the program.
        name: the project's name, also the name of the stack's own network.
    """
    project: dict[str, Any] = with_dollars_doubled(_project(captured, name))
    return project


def _project(captured: Sequence[CapturedResource], name: str) -> dict[str, Any]:
    by_urn = {resource.urn: resource for resource in captured}
    containers = [resource for resource in captured if resource.type == CONTAINER]
    own_networks = {
        resource.inputs["name"]: {label["label"]: label["value"] for label in resource.inputs["labels"]}
        for resource in captured
        if resource.type == NETWORK
    }
    joined = {network["name"] for container in containers for network in container.inputs.get("networksAdvanced", ())}
    volumes = [resource.inputs["name"] for resource in captured if resource.type == VOLUME]
    return {
        "name": name,
        "services": {_service_name(container, name): _service(container, by_urn, name) for container in containers},
        "networks": {
            network: {
                "name": network,
                **({"labels": own_networks[network]} if network in own_networks else {"external": True}),
            }
            for network in sorted(joined)
        },
        "volumes": {volume: {"name": volume} for volume in sorted(volumes)},
    }


def _service_name(container: CapturedResource, prefix: str) -> str:
    return str(container.inputs["name"]).removeprefix(f"{prefix}-")


def _service(container: CapturedResource, by_urn: Mapping[str, CapturedResource], prefix: str) -> dict[str, Any]:
    inputs = container.inputs
    service: dict[str, Any] = {
        "container_name": inputs["name"],
        "image": inputs["image"],
        # The images are there when Compose runs: pulled or built by `make up`, which reports what is missing.
        "pull_policy": "missing",
        "entrypoint": inputs.get("entrypoints") or None,
        "command": inputs.get("command") or None,
        "environment": inputs.get("envs") or None,
        "user": inputs["user"],
        "group_add": inputs.get("groupAdds"),
        "read_only": inputs["readOnly"],
        "cap_drop": inputs["capabilities"]["drops"],
        "cap_add": [name.removeprefix("CAP_") for name in inputs["capabilities"].get("adds", [])] or None,
        "security_opt": inputs["securityOpts"],
        "pid": inputs.get("pidMode"),
        "init": inputs.get("init"),
        "cpus": float(inputs["cpus"]) if "cpus" in inputs else None,
        "mem_limit": inputs["memory"] * _BYTES_PER_MEBIBYTE,
        "memswap_limit": inputs["memorySwap"] * _BYTES_PER_MEBIBYTE,
        "ulimits": {
            limit["name"]: {"soft": limit["soft"], "hard": limit["hard"]} for limit in inputs.get("ulimits", [])
        }
        or None,
        "sysctls": inputs.get("sysctls"),
        "tmpfs": [f"{path}:{options}" for path, options in inputs.get("tmpfs", {}).items()] or None,
        "network_mode": inputs.get("networkMode"),
        "networks": {
            network["name"]: {"aliases": network["aliases"]} if network.get("aliases") else None
            for network in inputs.get("networksAdvanced", [])
        }
        or None,
        "extra_hosts": [f"{host['host']}:{host['ip']}" for host in inputs.get("hosts", [])] or None,
        "ports": [_port(port) for port in inputs.get("ports", [])] or None,
        "volumes": [_volume(volume) for volume in inputs.get("volumes", [])],
        "healthcheck": _healthcheck(inputs["healthcheck"]) if "healthcheck" in inputs else None,
        "depends_on": _dependencies(container, by_urn, prefix) or None,
        "restart": inputs["restart"],
        "stop_grace_period": f"{inputs['stopTimeout']}s" if "stopTimeout" in inputs else None,
        "labels": {label["label"]: label["value"] for label in inputs["labels"]},
        "logging": {"driver": inputs["logDriver"], "options": dict(inputs["logOpts"])},
    }
    return {key: value for key, value in service.items() if value is not None}


def _port(port: Mapping[str, Any]) -> str:
    published = f"{port['ip']}:{port['external']}:{port['internal']}"
    return published if port["protocol"] == "tcp" else f"{published}/{port['protocol']}"


def _volume(volume: Mapping[str, Any]) -> dict[str, Any]:
    is_bind = "hostPath" in volume
    mounted: dict[str, Any] = {
        "type": "bind" if is_bind else "volume",
        "source": volume["hostPath"] if is_bind else volume["volumeName"],
        "target": volume["containerPath"],
    }
    if volume.get("readOnly"):
        mounted["read_only"] = True
    return mounted


def _healthcheck(check: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "test": check["tests"],
        "interval": check["interval"],
        "timeout": check["timeout"],
        "start_period": check["startPeriod"],
        "retries": check["retries"],
    }


def _dependencies(
    container: CapturedResource, by_urn: Mapping[str, CapturedResource], prefix: str
) -> dict[str, dict[str, str]]:
    """Containers that come first: ready where they serve, finished where they run once."""
    first = [by_urn[urn] for urn in container.depends_on if urn in by_urn]
    conditions = {
        _service_name(other, prefix): {
            "condition": "service_healthy" if "healthcheck" in other.inputs else "service_completed_successfully"
        }
        for other in first
        if other.type == CONTAINER
    }
    return dict(sorted(conditions.items()))


def project_files(captured: Iterable[CapturedResource]) -> dict[str, str]:
    """Configuration files by path relative to the project; secret files are not among them."""
    files: dict[str, str] = {}
    for resource in captured:
        if resource.type == DIRECTORY and not is_secret_directory(resource):
            directory = PurePosixPath(str(resource.inputs["path"]))
            files |= {str(directory / name): content for name, content in resource.inputs["files"].items()}
    return files


def is_secret_directory(resource: CapturedResource) -> bool:
    """Whether the resource holds secret files."""
    return resource.name.endswith("-secrets")
