"""The example programs, run as they stand: what they hand to the engine, and how little they have to say."""

from __future__ import annotations

import ast
import runpy
from collections.abc import Mapping
from functools import cache

import pytest

from runtimes.capture import CapturedResource, capture
from tests.conftest import CONTAINER, HOST_DIRECTORY, ROOT

VOLUME = "docker:index/volume:Volume"
NETWORK = "docker:index/network:Network"
PASSWORD = "pulumi-python:dynamic/monitoring:GeneratedPassword"
STACKS = ("billing", "shop")


@cache
def registered(example: str) -> tuple[CapturedResource, ...]:
    """What the program of an example registers in the Pulumi stack `dev`."""
    path = ROOT / "examples" / example / "__main__.py"

    def run() -> None:
        runpy.run_path(str(path))

    return tuple(capture(run, stack="dev", config={"monitoring:ordersDbPassword": "of the owner"}))


def of(example: str, type_token: str) -> list[Mapping[str, object]]:
    return [resource.inputs for resource in registered(example) if resource.type == type_token]


# --- One component ---------------------------------------------------------------------------------------------------


def test_one_component_is_its_program_with_what_it_needs_and_nothing_else() -> None:
    names = {container["name"] for container in of("one_component", CONTAINER)}
    assert names == {"monitoring-metrics-dev-prometheus", "monitoring-metrics-dev-prepare"}
    assert {volume["name"] for volume in of("one_component", VOLUME)} == {
        "monitoring-metrics-dev-prometheus-data",
        "monitoring-metrics-dev-tools",
    }
    assert [resource.name for resource in registered("one_component") if resource.type == PASSWORD] == [
        "metrics-secrets-prometheusPassword"
    ]


def test_prometheus_alone_sends_alerts_to_nobody_and_waits_for_nobody() -> None:
    (files,) = (
        found["files"]
        for found in of("one_component", HOST_DIRECTORY)
        if str(found["path"]).endswith("config/prometheus")
    )
    assert isinstance(files, Mapping)
    assert "alertmanager" not in files["prometheus.yml"]
    assert "shop:8000" in files["prometheus.yml"]


def test_one_component_takes_ten_lines() -> None:
    text = (ROOT / "examples" / "one_component" / "__main__.py").read_text(encoding="utf-8")
    statements = [node for node in ast.parse(text).body if not isinstance(node, ast.Import | ast.ImportFrom)]
    lines = sum((node.end_lineno or 0) - node.lineno + 1 for node in statements[1:])
    assert lines <= 10


# --- Two stacks ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [CONTAINER, VOLUME, NETWORK])
def test_two_stacks_share_no_container_volume_or_network(kind: str) -> None:
    names = [str(found["name"]) for found in of("two_stacks", kind)]
    assert len(set(names)) == len(names)
    for stack in STACKS:
        own = [name for name in names if name.startswith(f"monitoring-{stack}-dev")]
        assert len(own) >= 1, stack
        names = [name for name in names if name not in own]
    assert names == []


def test_two_stacks_share_no_folder_and_no_published_port() -> None:
    folders = [found["path"] for found in of("two_stacks", HOST_DIRECTORY)]
    assert len(set(folders)) == len(folders)
    assert {str(folder).rsplit("/", 3)[1] for folder in folders} == {"billing-dev", "shop-dev"}
    ports = [
        port["external"]
        for container in of("two_stacks", CONTAINER)
        for port in container.get("ports", [])  # type: ignore[attr-defined]  # plain data
    ]
    assert len(set(ports)) == len(ports) >= 10


def test_two_stacks_share_no_password() -> None:
    names = [resource.name for resource in registered("two_stacks") if resource.type == PASSWORD]
    assert sorted(names) == [
        "billing-secrets-alertmanagerPassword",
        "billing-secrets-grafanaAdminPassword",
        "billing-secrets-prometheusPassword",
        "shop-grafana",
        "shop-secrets-alertmanagerPassword",
        "shop-secrets-prometheusPassword",
    ]


def test_every_resource_of_a_stack_is_named_after_it() -> None:
    by_urn = {resource.urn: resource for resource in registered("two_stacks")}
    roots = {resource.urn for resource in by_urn.values() if resource.type == "monitoring:components:MonitoringStack"}
    assert {by_urn[urn].name for urn in roots} == set(STACKS)
    for resource in by_urn.values():
        above = resource
        while above.parent in by_urn:
            above = by_urn[above.parent]
        if above.urn in roots:
            assert resource.name.startswith(above.name), resource.urn


def test_stacks_that_are_not_the_projects_own_never_had_other_names() -> None:
    resources = registered("two_stacks")
    # A provider's SDK adds former types; a former name would be claimed by both stacks.
    assert not [alias for found in resources for alias in found.aliases if alias.rpartition("::")[2] != found.name]


def test_grafana_content_goes_through_the_provider_that_the_program_built() -> None:
    content = [resource for resource in registered("two_stacks") if resource.type.startswith("grafana:")]
    assert content
    assert all(resource.name.startswith("shop-grafana-") for resource in content)
    assert {resource.provider.rpartition("::")[0].rpartition("::")[2] for resource in content} == {"shop-grafana"}
