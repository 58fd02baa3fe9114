"""Names of containers, of which a record's service is called: Docker's own, found beside its log files, and pods'."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from components.base import Component
from workloads.place import LogFormat, Place
from workloads.workload import ConfigDirectory, ExecProbe, HostMount, Limits, Relaxation, Volume, Workload

# Where a link for each container stands, called id,name,project,service. The agent reads by these alone: so it cannot
# come upon a file before it knows whose it is, and what has no link yet waits.
LINKS = "/var/lib/container-names"
CONTAINERS = "/var/lib/docker/containers"
# Where the output of containers stands that has no file of the engine's, in folders that are called the same.
ENGINE_LOGS = "/var/lib/engine-logs"
LINK = rf"^(?:{LINKS}|{ENGINE_LOGS}/.+)/[0-9a-f]+,(?P<name>[^,/]*),(?P<project>[^,/]*),(?P<service>[^,/]*)/"
NAMES = "container-names"
_HERE = Path(__file__).parent
_SCRIPTS = "/etc/container-names"
# Kubernetes draws the ends of generated names from these, which make no words.
_DRAWN = "[bcdfghjklmnpqrstvwxz2456789]"


class ContainerNames(Component):
    """Links that tell the collector what containers are called."""

    type_token = "monitoring:components:ContainerNames"


def names_workload(place: Place) -> Workload:
    """Who makes the links. A shell looks for new containers five times a second, for renamed ones every half minute."""
    return Workload(
        name=NAMES,
        image="busybox",
        user=0,
        root=Relaxation("root", "what the engine keeps of containers belongs to root"),
        args=("sh", f"{_SCRIPTS}/names.sh", LINKS, CONTAINERS, _SCRIPTS),
        config=ConfigDirectory(
            _SCRIPTS, {name: (_HERE / name).read_text(encoding="utf-8") for name in ("names.awk", "names.sh")}
        ),
        volumes=(names_volume(),),
        host_mounts=(HostMount(place.log_directory, CONTAINERS, "names and labels of containers"),),
        # It looked within the last minute.
        probe=ExecProbe(("busybox", "sh", "-c", f'[ -n "$(busybox find {LINKS}/.scanned -mmin -1)" ]')),
        limits=Limits(cpus=0.1, memory_mebibytes=32),
        per_host=True,
    )


def names_volume() -> Volume:
    """The links, which the agent shares with who makes them."""
    return Volume("container-names", LINKS, "16Mi")


def service_statements(stack: str, log_format: LogFormat) -> dict[str, Any]:
    """OTTL of a resource: the service that its records are of."""
    service = 'attributes["service.name"]'
    if log_format == "cri":
        statements = [
            f'set({service}, attributes["k8s.pod.name"])',
            # The Deployment, DaemonSet, Job or StatefulSet that the pod is one of.
            f'replace_pattern({service}, "(-{_DRAWN}{{8,10}})?-{_DRAWN}{{5}}$", "")',
            f'replace_pattern({service}, "-[0-9]+$", "")',
        ]
    else:
        statements = [
            # monitoring-dev-memory-api is the service memory-api; other containers keep their name.
            f'set({service}, attributes["container.name"])',
            f'replace_pattern({service}, "^monitoring-{stack}-", "")',
        ]
    return {"context": "resource", "statements": statements}
