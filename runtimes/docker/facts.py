"""What a container is, as facts by name: as the program registers it, and as `docker inspect` tells it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runtimes.docker.names import COMPONENT_LABEL, RELOAD_LABEL, STACK_LABEL

_BYTES_PER_MEBIBYTE = 1024 * 1024
_NANO = 1_000_000_000
_SECONDS = {"h": 3600, "m": 60, "s": 1}
# Images carry further labels of ours.
_LABELS = (STACK_LABEL, COMPONENT_LABEL, RELOAD_LABEL)
ENVIRONMENT = "environment "
"""What the names of facts about variables start with."""

Facts = Mapping[str, Any]
"""Facts by what people call them. Both sides have the same names, but for variables of the environment."""


@dataclass(frozen=True)
class ImageFacts:
    """What an image gives to a container that does not say otherwise.

    Attributes:
        id: its digest on this machine.
        config: `Config` of `docker image inspect`.
    """

    id: str
    config: Mapping[str, Any]

    @property
    def environment(self) -> dict[str, str]:
        """Its variables."""
        return _variables(self.config.get("Env"))

    def of(self, key: str) -> list[str]:
        """Its entrypoint or command."""
        return list(self.config.get(key) or [])


def wanted_facts(inputs: Mapping[str, Any], image: ImageFacts, directory: Path) -> Facts:
    """The container that the program registers.

    Args:
        inputs: of its resource.
        image: of the reference that it names.
        directory: the stack's folder, which paths of a rendered tree are relative to.
    """
    entrypoint = list(inputs.get("entrypoints", []))
    command = list(inputs.get("command", []))
    capabilities = inputs["capabilities"]
    variables = image.environment | _variables(inputs.get("envs"))
    networks = [network["name"] for network in inputs.get("networksAdvanced", [])]
    return {
        "state": "running" if inputs.get("mustRun", True) else "exited",
        "entrypoint": entrypoint or image.of("Entrypoint"),
        # A container with an entrypoint of its own has nothing of the image's command.
        "command": command or ([] if entrypoint else image.of("Cmd")),
        **_environment(variables),
        "user": inputs["user"],
        "further groups": sorted(inputs.get("groupAdds", [])),
        "read-only root": inputs["readOnly"],
        "privileged": False,
        "capabilities": _capabilities(capabilities.get("adds")),
        "dropped capabilities": _capabilities(capabilities["drops"]),
        "security options": sorted(inputs["securityOpts"]),
        "namespace of processes": inputs.get("pidMode", ""),
        "init": inputs.get("init", False),
        "CPUs": float(inputs.get("cpus", 0)),
        "memory limit in MiB": inputs["memory"],
        "memory and swap limit in MiB": inputs["memorySwap"],
        "processes and other limits": sorted(
            f"{limit['name']}={limit['soft']}:{limit['hard']}" for limit in inputs.get("ulimits", [])
        ),
        "kernel settings": dict(inputs.get("sysctls", {})),
        "temporary filesystems": dict(inputs.get("tmpfs", {})),
        "mounts": dict(sorted(_wanted_mount(volume, directory) for volume in inputs.get("volumes", []))),
        "ports": sorted(
            _port(port["ip"], port["external"], port["internal"], port["protocol"]) for port in _ports(inputs)
        ),
        "networks": sorted(networks or [inputs["networkMode"]]),
        "further hosts": sorted(f"{host['host']}:{host['ip']}" for host in inputs.get("hosts", [])),
        "health check": _wanted_check(inputs.get("healthcheck")),
        "restart": inputs["restart"],
        "seconds to stop": inputs.get("stopTimeout"),
        "labels": {label["label"]: label["value"] for label in inputs["labels"]},
        "log driver": inputs["logDriver"],
        "log options": dict(sorted(inputs["logOpts"].items())),
    }


def found_facts(attrs: Mapping[str, Any], image: ImageFacts) -> Facts:
    """The container that there is.

    Args:
        attrs: what `docker inspect` tells.
        image: the one it was made from; the volumes it declares are not the container's own.
    """
    host, config = attrs["HostConfig"], attrs["Config"]
    labels = config.get("Labels") or {}
    return {
        "state": attrs["State"]["Status"],
        "entrypoint": list(config.get("Entrypoint") or []),
        "command": list(config.get("Cmd") or []),
        **_environment(_variables(config.get("Env"))),
        "user": config.get("User", ""),
        "further groups": sorted(host.get("GroupAdd") or []),
        "read-only root": bool(host.get("ReadonlyRootfs")),
        "privileged": bool(host.get("Privileged")),
        "capabilities": _capabilities(host.get("CapAdd")),
        "dropped capabilities": _capabilities(host.get("CapDrop")),
        "security options": sorted(host.get("SecurityOpt") or []),
        "namespace of processes": host.get("PidMode", ""),
        "init": bool(host.get("Init")),
        "CPUs": _cpus(host),
        "memory limit in MiB": _mebibytes(host.get("Memory", 0)),
        "memory and swap limit in MiB": _mebibytes(host.get("MemorySwap", 0)),
        "processes and other limits": sorted(
            f"{limit['Name']}={limit['Soft']}:{limit['Hard']}" for limit in host.get("Ulimits") or []
        ),
        "kernel settings": dict(host.get("Sysctls") or {}),
        "temporary filesystems": dict(host.get("Tmpfs") or {}),
        "mounts": dict(sorted(_found_mounts(attrs, image))),
        "ports": sorted(
            _port(binding.get("HostIp", ""), binding.get("HostPort", ""), *inside.split("/"))
            for inside, bindings in (host.get("PortBindings") or {}).items()
            for binding in bindings or ()
        ),
        "networks": sorted((attrs["NetworkSettings"].get("Networks") or {}).keys()),
        "further hosts": sorted(host.get("ExtraHosts") or []),
        "health check": _found_check(config.get("Healthcheck")),
        "restart": host["RestartPolicy"]["Name"],
        "seconds to stop": config.get("StopTimeout"),
        "labels": {key: labels[key] for key in _LABELS if key in labels},
        "log driver": host["LogConfig"]["Type"],
        "log options": dict(sorted((host["LogConfig"].get("Config") or {}).items())),
    }


def _variables(listed: Iterable[str] | None) -> dict[str, str]:
    return dict(entry.partition("=")[::2] for entry in listed or ())


def _environment(variables: Mapping[str, str]) -> dict[str, str]:
    return {f"{ENVIRONMENT}{name}": value for name, value in sorted(variables.items())}


def _capabilities(names: Iterable[str] | None) -> list[str]:
    return sorted(name.removeprefix("CAP_") for name in names or ())


def _ports(inputs: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    ports: Iterable[Mapping[str, Any]] = inputs.get("ports", [])
    return ports


def _port(address: str, outside: object, inside: object, protocol: str) -> str:
    return f"{address or 'all addresses'}:{outside} to {inside}/{protocol}"


def _wanted_mount(volume: Mapping[str, Any], directory: Path) -> tuple[str, str]:
    # Joined with an absolute path, it is that path.
    source = volume["volumeName"] if "volumeName" in volume else str(directory / volume["hostPath"])
    return volume["containerPath"], _mount(source, volume.get("readOnly", False))


def _found_mounts(attrs: Mapping[str, Any], image: ImageFacts) -> Iterable[tuple[str, str]]:
    declared = image.config.get("Volumes") or {}
    for mount in attrs.get("Mounts") or ():
        source = mount["Name"] if mount["Type"] == "volume" else mount["Source"]
        # Docker makes a nameless volume wherever an image declares one and the container mounts nothing.
        nameless = re.fullmatch("[0-9a-f]{64}", source) and mount["Destination"] in declared
        if mount["Type"] != "tmpfs" and not nameless:
            yield mount["Destination"], _mount(source, not mount["RW"])


def _mount(source: str, read_only: bool) -> str:
    return f"{source}, read-only" if read_only else source


def _cpus(host: Mapping[str, Any]) -> float:
    # `docker update --cpus` and `--cpu-quota` say the same in two ways.
    if host.get("NanoCpus"):
        return float(host["NanoCpus"]) / _NANO
    if host.get("CpuQuota") and host.get("CpuPeriod"):
        return float(host["CpuQuota"]) / float(host["CpuPeriod"])
    return 0.0


def _mebibytes(number: int) -> float | int:
    found = number / _BYTES_PER_MEBIBYTE
    return int(found) if found.is_integer() else found


def _wanted_check(check: Mapping[str, Any] | None) -> list[object]:
    if check is None:
        return []
    durations = (_duration(check[key]) for key in ("interval", "timeout", "startPeriod"))
    return [*check["tests"], *(f"{found} s" for found in durations), check["retries"]]


def _found_check(check: Mapping[str, Any] | None) -> list[object]:
    if not check or not check.get("Test"):
        return []
    durations = (check.get(key, 0) // _NANO for key in ("Interval", "Timeout", "StartPeriod"))
    return [*check["Test"], *(f"{found} s" for found in durations), check.get("Retries", 0)]


def _duration(text: str) -> int:
    """Whole seconds of a duration as Go prints it, such as 1m30s."""
    return sum(int(number) * _SECONDS[unit] for number, unit in re.findall(r"(\d+)([hms])", text))
