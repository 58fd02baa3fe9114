"""Names and labels of a stack's containers, networks and volumes, and where its ports are on the host."""

from __future__ import annotations

from runtimes.docker.settings import DockerSettings
from settings.stackfile import PROJECT
from workloads.workload import Port

STACK_LABEL = "monitoring.stack"
COMPONENT_LABEL = "monitoring.component"
RELOAD_LABEL = "monitoring.reload"
TOOLS_DIRECTORY = "/tools"


def stack_prefix(stack: str) -> str:
    """What the names of a stack's containers, networks and volumes start with."""
    return f"{PROJECT}-{stack}"


def container_name(stack: str, workload: str) -> str:
    """The name of a workload's container."""
    return f"{stack_prefix(stack)}-{workload}"


def public_port(port: Port, settings: DockerSettings) -> int | None:
    """The port on 127.0.0.1 of the host, None when the port is for the stack alone."""
    return port.publish or (settings.published()[port.published_as] if port.published_as else None)
