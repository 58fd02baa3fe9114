"""The project's own stack: its providers, and where its secrets come from."""

from __future__ import annotations

import pulumi

from program.deploy import deploy
from runtimes.capture import CapturedResource, capture
from settings.stackfile import PROJECT
from tests.conftest import HOST_DIRECTORY, Deploy, Deployment
from tests.plans import program_of


def test_every_workload_is_a_component_of_its_own_below_the_stack(dev: Deployment) -> None:
    (stack,) = dev.of("monitoring:components:MonitoringStack").values()
    components = {found.urn: found for found in dev.resources if not found.custom and found.parent == stack.urn}
    for workload in dev.program.workloads:
        container = dev.containers[workload.name]
        assert components[container.parent].name == f"monitoring-{workload.name}"
    types = {found.name.removeprefix("monitoring-"): found.type.rpartition(":")[2] for found in components.values()}
    assert types["prometheus"] == "Prometheus"
    assert types["memory-api"] == "Demo"
    assert types["redis-exporter-memory-cache"] == "Exporter"


def test_only_providers_and_the_password_that_one_of_them_needs_are_outside_the_stack(dev: Deployment) -> None:
    (stack,) = dev.of("monitoring:components:MonitoringStack").values()
    outside = {found.name for found in dev.resources if found is not stack and found.parent not in dev.by_urn}
    assert outside == {"docker", "monitoring-grafana", "monitoring-grafanaAdminPassword"}


def test_with_content_in_files_there_is_no_provider_of_grafana(deployed: Deploy) -> None:
    stack = deployed("dev", grafana={"content": "files"}, docker={"networks": ["shop_default"]})
    assert not [found for found in stack.resources if found.type.startswith(("grafana:", "pulumi:providers:grafana"))]
    assert stack.of("pulumi-python:dynamic/monitoring:GeneratedPassword").keys() >= {"monitoring-grafanaAdminPassword"}


def secret_files(config: dict[str, str], *, rendered: bool) -> dict[str, str]:
    """What the secret files of the exporter of the demo's database hold."""
    program = program_of(grafana={"content": "files"})

    def run() -> None:
        deploy(program, pulumi.Config(), rendered=rendered)

    name = "monitoring-postgres-exporter-memory-db-secrets"
    captured = capture(run, stack="dev", config={f"{PROJECT}:{key}": value for key, value in config.items()})
    (found,) = [resource for resource in captured if (resource.type, resource.name) == (HOST_DIRECTORY, name)]
    return files_of(found)


def files_of(resource: CapturedResource) -> dict[str, str]:
    return dict(resource.inputs["files"])


def test_a_secret_that_its_owner_set_is_taken() -> None:
    (content,) = secret_files({"memoryDbMonitorPassword": "of the owner"}, rendered=True).values()
    assert content == "of the owner"


def test_one_that_nobody_set_is_made() -> None:
    (content,) = secret_files({}, rendered=False).values()
    assert content == "<secret memoryDbMonitorPassword>"
