"""A container as `docker inspect` tells it, made as a resource of the program says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_SECONDS = {"5s": 5, "10s": 10, "30s": 30, "1m0s": 60, "2m0s": 120, "5m0s": 300}


def inspected(inputs: Mapping[str, Any], image: str, directory: str) -> dict[str, Any]:
    """What Docker tells of it.

    Args:
        inputs: of the resource.
        image: the image's digest.
        directory: the stack's folder.
    """
    check = inputs.get("healthcheck")
    config: dict[str, Any] = {
        "Image": inputs["image"],
        "Entrypoint": inputs.get("entrypoints"),
        "Cmd": inputs.get("command"),
        "Env": inputs.get("envs"),
        "User": inputs["user"],
        "Labels": {
            "com.docker.compose.project": "monitoring-kettle",
            **{label["label"]: label["value"] for label in inputs["labels"]},
        },
        "StopTimeout": inputs.get("stopTimeout"),
    }
    if check:
        config["Healthcheck"] = {
            "Test": check["tests"],
            "Interval": _SECONDS[check["interval"]] * 10**9,
            "Timeout": _SECONDS[check["timeout"]] * 10**9,
            "StartPeriod": _SECONDS[check["startPeriod"]] * 10**9,
            "Retries": check["retries"],
        }
    return {
        "Name": f"/{inputs['name']}",
        "Image": image,
        "State": {"Status": "running" if inputs.get("mustRun", True) else "exited"},
        "Config": config,
        "HostConfig": {
            "GroupAdd": inputs.get("groupAdds"),
            "ReadonlyRootfs": inputs["readOnly"],
            "Privileged": False,
            "CapAdd": inputs["capabilities"].get("adds"),
            "CapDrop": inputs["capabilities"]["drops"],
            "SecurityOpt": inputs["securityOpts"],
            "PidMode": inputs.get("pidMode", ""),
            "Init": inputs.get("init"),
            "NanoCpus": round(float(inputs.get("cpus", 0)) * 10**9),
            "Memory": inputs["memory"] * 2**20,
            "MemorySwap": inputs["memorySwap"] * 2**20,
            "Ulimits": [
                {"Name": limit["name"], "Soft": limit["soft"], "Hard": limit["hard"]}
                for limit in inputs.get("ulimits", [])
            ],
            "Tmpfs": inputs.get("tmpfs"),
            "ExtraHosts": [f"{host['host']}:{host['ip']}" for host in inputs.get("hosts", [])] or None,
            "PortBindings": {
                f"{port['internal']}/{port['protocol']}": [{"HostIp": port["ip"], "HostPort": str(port["external"])}]
                for port in inputs.get("ports", [])
            },
            "RestartPolicy": {"Name": inputs["restart"], "MaximumRetryCount": 0},
            "LogConfig": {"Type": inputs["logDriver"], "Config": dict(inputs["logOpts"])},
        },
        "Mounts": [_mount(volume, directory) for volume in inputs["volumes"]],
        "NetworkSettings": {
            "Networks": {
                name: {}
                for name in [network["name"] for network in inputs.get("networksAdvanced", [])]
                or [inputs["networkMode"]]
            }
        },
    }


def _mount(volume: Mapping[str, Any], directory: str) -> dict[str, Any]:
    mount = {"Destination": volume["containerPath"], "RW": not volume.get("readOnly", False)}
    if "volumeName" in volume:
        name = volume["volumeName"]
        return {**mount, "Type": "volume", "Name": name, "Source": f"/var/lib/docker/volumes/{name}/_data"}
    path = volume["hostPath"]
    return {
        **mount,
        "Type": "bind",
        "Source": path if path.startswith("/") else f"{directory}/{path.removeprefix('./')}",
    }
