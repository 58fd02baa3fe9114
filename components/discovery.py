"""How Prometheus finds the targets of a service: its service discovery, narrowed down to that one service."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from catalog.plan import ScrapeJob
from settings.discovery import (
    ConsulDiscovery,
    Discovery,
    DnsDiscovery,
    DockerDiscovery,
    FileDiscovery,
    KubernetesDiscovery,
)
from settings.secrets import secret_path
from workloads.place import Place
from workloads.workload import HostMount

_FILES = "/etc/prometheus-targets"
_HOST = r"(.+?)(?::\d+)?"


def discovery_config(job: str, discovery: Discovery, labels: Mapping[str, str], place: Place) -> dict[str, Any]:
    """The part of a scrape configuration that finds the targets and labels them.

    Args:
        place: with the container engine's socket, and the networks that Prometheus can reach containers in.
    """
    if discovery.docker:
        config = _docker(discovery.docker, place)
    elif discovery.kubernetes:
        config = _kubernetes(discovery.kubernetes)
    elif discovery.consul:
        config = _consul(discovery.consul)
    elif discovery.dns:
        config = _dns(discovery.dns)
    elif discovery.files:
        config = _files(job, discovery.files)
    else:
        raise ValueError(f"{job}: an empty discovery")
    # Whatever discovery says of a target, it is this service that the stack file declares.
    own = [{"target_label": name, "replacement": value} for name, value in labels.items()]
    return {**config, "relabel_configs": [*config.get("relabel_configs", ()), *own]}


def discovery_mounts(jobs: Iterable[ScrapeJob], place: Place) -> tuple[HostMount, ...]:
    """What Prometheus must see of the Docker host for its jobs' discovery."""
    ways = {job.name: job.discovery for job in jobs if job.discovery}
    mounts = [
        HostMount(way.files.directory, f"{_FILES}/{job}", f"the target lists of {job}")
        for job, way in ways.items()
        if way.files
    ]
    if any(way.docker for way in ways.values()):
        socket = place.engine_socket
        mounts.append(HostMount(socket, socket, "addresses of the containers that services discover"))
    return tuple(mounts)


def _docker(discovery: DockerDiscovery, place: Place) -> dict[str, Any]:
    filters = [{"name": "label", "values": [f"{name}={value}"]} for name, value in sorted(discovery.labels.items())]
    network = "__meta_docker_network_name"
    # By name: a container's address changes at every start, its series should not. What else tells two targets apart
    # is added only where there may be two.
    instance = "$1" + ("" if discovery.port else ":$2") + ("/$3" if len(place.networks) > 1 else "")
    named = {
        "source_labels": ["__meta_docker_container_name", "__meta_docker_port_private", network],
        "regex": "/?(.*);(.*);(.*)",
        "target_label": "instance",
        "replacement": instance,
    }
    # Prometheus would take the first of a container's networks, which may be one that it is not in.
    reachable = {"source_labels": [network], "regex": "|".join(map(re.escape, place.networks)), "action": "keep"}
    find = {
        "host": f"unix://{place.engine_socket}",
        "refresh_interval": "15s",
        "match_first_network": False,
        "filters": filters,
    }
    return {"docker_sd_configs": [find], "relabel_configs": [reachable, *_fixed_port(discovery.port), named]}


def _kubernetes(discovery: KubernetesDiscovery) -> dict[str, Any]:
    annotation = "__meta_kubernetes_pod_annotation_prometheus_io_"
    selector = ",".join(f"{name}={value}" for name, value in sorted(discovery.labels.items()))
    return {
        "kubernetes_sd_configs": [
            {
                "role": "pod",
                "namespaces": {"names": list(discovery.namespaces)},
                "selectors": [{"role": "pod", "label": selector}],
            }
        ],
        "relabel_configs": [
            {"source_labels": [f"{annotation}scrape"], "regex": "true", "action": "keep"},
            # Pods that are done answer no scrape.
            {"source_labels": ["__meta_kubernetes_pod_phase"], "regex": "Succeeded|Failed", "action": "drop"},
            *_fixed_port(discovery.port),
            {
                "source_labels": ["__address__", f"{annotation}port"],
                "regex": rf"{_HOST};(\d+)",
                "target_label": "__address__",
                "replacement": "$1:$2",
            },
            {"source_labels": [f"{annotation}path"], "regex": "(/.*)", "target_label": "__metrics_path__"},
            {"source_labels": ["__meta_kubernetes_namespace"], "target_label": "namespace"},
            {"source_labels": ["__meta_kubernetes_pod_name"], "target_label": "pod"},
        ],
    }


def _consul(discovery: ConsulDiscovery) -> dict[str, Any]:
    config: dict[str, Any] = {"server": discovery.server, "services": [discovery.service]}
    if discovery.tags:
        config["tags"] = list(discovery.tags)
    if discovery.token:
        config["authorization"] = {"credentials_file": secret_path(discovery.token)}
    return {"consul_sd_configs": [config]}


def _dns(discovery: DnsDiscovery) -> dict[str, Any]:
    config: dict[str, Any] = {"names": [discovery.host], "type": discovery.record, "refresh_interval": "30s"}
    if discovery.port:
        config["port"] = discovery.port
    return {"dns_sd_configs": [config]}


def _files(job: str, discovery: FileDiscovery) -> dict[str, Any]:
    return {"file_sd_configs": [{"files": [f"{_FILES}/{job}/{discovery.pattern}"], "refresh_interval": "1m"}]}


def _fixed_port(port: int | None) -> list[dict[str, Any]]:
    """Replaces the port that was found, which makes one target of several ports of the same container or pod."""
    if port is None:
        return []
    return [
        {
            "source_labels": ["__address__"],
            "regex": _HOST,
            "target_label": "__address__",
            "replacement": f"$1:{port}",
        }
    ]
