"""Kubernetes as a kind of runtime: its public addresses, its provider and its tree."""

from __future__ import annotations

from pathlib import Path

import pytest

from operations.target import load_target
from runtimes import runtime_kind
from runtimes.capture import capture
from tests.stacks import stack_file
from workloads.program import Program


def program(folder: Path, **sections: object) -> Program:
    return load_target("kettle", stack_file(folder, "kettle", base="prod", **sections)).program


def arguments(found: Program, workload: str) -> tuple[str, ...]:
    return next(one.args for one in found.workloads if one.name == workload)


def test_components_are_reached_at_their_services_unless_the_settings_know_better(tmp_path: Path) -> None:
    sections = dict.fromkeys(("prometheus", "alertmanager", "grafana"))
    found = program(tmp_path, **{name: {} for name in sections}, kubernetes={"namespace": "watching"})
    assert found.urls == {
        "alertmanager": "http://alertmanager.watching.svc:9093",
        "grafana": "http://grafana.watching.svc:3000",
        "prometheus": "http://prometheus.watching.svc:9090",
        "runbooks": "http://runbooks.watching.svc:9096",
    }
    assert "--web.external-url=http://prometheus.watching.svc:9090" in arguments(found, "prometheus")
    assert "--web.external-url=http://alertmanager.watching.svc:9093" in arguments(found, "alertmanager")


def test_an_address_that_the_settings_say_wins(tmp_path: Path) -> None:
    sections = {name: {"url": f"https://{name}.example.com"} for name in ("prometheus", "alertmanager", "grafana")}
    found = program(tmp_path, **sections)
    assert {name: found.urls[name] for name in sections} == {name: f"https://{name}.example.com" for name in sections}
    for name in ("prometheus", "alertmanager"):
        assert f"--web.external-url=https://{name}.example.com" in arguments(found, name)
    grafana = next(one for one in found.workloads if one.name == "grafana")
    assert grafana.env["GF_SERVER_ROOT_URL"] == "https://grafana.example.com"


def test_what_applications_reach_has_an_address_too(tmp_path: Path) -> None:
    found = program(tmp_path, demo={"enabled": True})
    assert found.urls["memory-api"] == "http://memory-api.monitoring.svc:8000"
    assert found.place.senders == {
        "otlp-grpc": "http://collector-gateway.monitoring.svc:4317",
        "otlp-http": "http://collector-gateway.monitoring.svc:4318",
    }


@pytest.mark.parametrize(("section", "inputs"), [({"context": "prod-eu"}, {"context": "prod-eu"}), ({}, {})])
def test_the_provider_is_of_the_context_that_the_settings_name(
    tmp_path: Path, section: dict[str, str], inputs: dict[str, str]
) -> None:
    found = program(tmp_path, kubernetes=section)

    def run() -> None:
        runtime_kind("kubernetes").provider(found.settings)

    (made,) = capture(run, stack="kettle", config={})
    assert (made.type, made.name, made.inputs) == ("pulumi:providers:kubernetes", "kubernetes", inputs)


def test_its_tree_leaves_grafanas_content_to_the_provider() -> None:
    assert not runtime_kind("kubernetes").renders_content
    assert "kubectl apply --server-side -k ." in runtime_kind("kubernetes").tree
