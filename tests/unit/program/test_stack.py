"""`MonitoringStack` as other programs use it: what it needs, what it gives, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pulumi
import pulumi_docker as docker
import pulumi_kubernetes as kubernetes
import pulumiverse_grafana as grafana
import pytest

from components.passwords import GeneratedPassword
from program.prepare import runtime_of
from program.stack import MonitoringStack, MonitoringStackArgs, program_of
from runtimes.capture import CapturedResource, DuplicateResourceError, capture
from runtimes.docker.settings import offset_of
from settings.errors import ConfigurationError
from tests.conftest import CONTAINER, HOST_DIRECTORY, Deployment, deployment_of

API = {"name": "api", "kind": "fastapi", "target": "api:8000"}
DATABASE = {"name": "db", "kind": "postgres", "target": "db:5432", "password": "dbPassword"}
LEAST: dict[str, Any] = {"services": [API], "grafana": {"content": "files"}}
ON_KUBERNETES: dict[str, Any] = {**LEAST, "runtime": "kubernetes"}


def run(program: Callable[[], object]) -> list[CapturedResource]:
    """What a program registers in the Pulumi stack `dev`."""

    def register() -> None:
        program()

    return capture(register, stack="dev", config={})


def made(program: Callable[[], MonitoringStack]) -> MonitoringStack:
    """The stack that a program makes."""
    found: list[MonitoringStack] = []
    run(lambda: found.append(program()))
    return found[0]


def names(resources: list[CapturedResource], end_of_type: str) -> set[str]:
    return {resource.name for resource in resources if resource.type.endswith(end_of_type)}


@dataclass(frozen=True)
class Made:
    """A stack that a program made, and what that registered; `urls` are what its output told."""

    stack: MonitoringStack
    urls: Mapping[str, str]
    resources: Sequence[CapturedResource]


@pytest.fixture(scope="module")
def least() -> Made:
    """The stack of the least that must be said."""
    stacks: list[MonitoringStack] = []
    told: list[Mapping[str, str]] = []

    def program() -> None:
        stacks.append(MonitoringStack("shop", MonitoringStackArgs(LEAST)))
        stacks[0].urls.apply(told.append)

    resources = run(program)
    (stack,), (urls,) = stacks, told
    return Made(stack, urls, resources)


def test_a_list_of_services_is_all_it_needs(least: Made) -> None:
    containers = {resource.inputs["name"] for resource in least.resources if resource.type == CONTAINER}
    assert {"monitoring-shop-dev-prometheus", "monitoring-shop-dev-grafana"} <= containers


def test_its_parts_are_typed_attributes(least: Made) -> None:
    stack = least.stack
    assert type(stack.prometheus).__name__ == "Prometheus"
    assert type(stack.alertmanager).__name__ == "Alertmanager"
    assert type(stack.collector_gateway).__name__ == "CollectorGateway"
    assert type(stack.grafana).__name__ == "Grafana"
    assert {"prometheus", "grafana", "node-exporter"} <= set(stack.components)


def test_of_several_replicas_its_attributes_are_the_first() -> None:
    stacks: list[MonitoringStack] = []
    args = MonitoringStackArgs({**LEAST, "availability": "high"})
    run(lambda: stacks.append(MonitoringStack("shop", args)))
    assert stacks[0].prometheus is stacks[0].components["prometheus"]
    assert stacks[0].alertmanager is stacks[0].components["alertmanager"]
    assert type(stacks[0].components["alertmanager-3"]) is type(stacks[0].alertmanager)


def test_its_addresses_are_an_output(least: Made) -> None:
    ports = {"alertmanager": 9093, "grafana": 3000, "prometheus": 9090, "runbooks": 9096}
    # Beside the project's own stack on one machine.
    assert least.urls == {name: f"http://127.0.0.1:{port + offset_of('shop-dev')}" for name, port in ports.items()}


def test_grafana_is_none_where_its_image_cannot_be_had() -> None:
    args = MonitoringStackArgs({"services": [API], "images": {"source": "built"}})
    assert made(lambda: MonitoringStack("shop", args)).grafana is None


def test_alertmanager_is_none_where_grafana_manages_alerts() -> None:
    def program() -> MonitoringStack:
        password = GeneratedPassword("grafana")
        providers = [docker.Provider("machine"), grafana.Provider("board", url="http://g", auth=password.value)]
        settings = {"services": [API], "grafana": {"alerting": "managed"}}
        args = MonitoringStackArgs(settings, secrets={"grafanaAdminPassword": password})
        return MonitoringStack("shop", args, pulumi.ResourceOptions(providers=providers))

    stack = made(program)
    assert stack.alertmanager is None
    assert "alertmanager" not in stack.components


def test_a_program_is_taken_as_it_is(least: Made) -> None:
    def program() -> MonitoringStack:
        return MonitoringStack("shop", MonitoringStackArgs(program_of("shop", MonitoringStackArgs(LEAST))))

    assert run(program) == least.resources


def test_a_program_that_was_changed_is_deployed_as_changed(dev: Deployment) -> None:
    fewer = tuple(workload for workload in dev.program.workloads if workload.name != "memory-traffic")
    changed = deployment_of(replace(dev.program, workloads=fewer))
    assert dev.containers.keys() - changed.containers.keys() == {"memory-traffic"}


def test_a_program_of_another_name_is_refused() -> None:
    def program() -> None:
        MonitoringStack("billing", MonitoringStackArgs(program_of("shop", MonitoringStackArgs(LEAST))))

    with pytest.raises(
        ValueError, match=r"MonitoringStack billing: found a program of the name 'shop'\. Allowed: 'billing', which"
    ):
        run(program)


def test_a_stack_is_deployed_by_the_runtime_that_is_given() -> None:
    def program() -> None:
        found = program_of("shop", MonitoringStackArgs(LEAST))
        MonitoringStack("shop", MonitoringStackArgs(found, runtime=runtime_of(found, rendered=True)))

    directories = [found.inputs["path"] for found in run(program) if found.type == HOST_DIRECTORY]
    assert directories
    assert all(path.startswith("./") for path in directories), directories


def test_mistakes_in_the_settings_are_all_named_and_nothing_is_registered() -> None:
    registered: list[object] = []

    def program() -> None:
        try:
            MonitoringStack("shop", MonitoringStackArgs({"services": [{**API, "kind": "fastap"}], "lokki": {}}))
        except ConfigurationError as error:
            registered.append(str(error))

    assert run(program) == []
    (told,) = registered
    assert str(told).startswith("settings of shop: 2 mistakes, nothing was deployed.")
    assert "services[0].kind: found 'fastap'" in str(told)
    assert "unknown key 'lokki'" in str(told)


def test_a_secret_that_a_service_names_must_be_given() -> None:
    settings = {**LEAST, "services": [API, DATABASE]}
    with pytest.raises(
        ConfigurationError, match=r"services\[1\]\.password: found 'dbPassword', a secret that is not set"
    ):
        run(lambda: MonitoringStack("shop", MonitoringStackArgs(settings)))
    given = MonitoringStackArgs(settings, secrets={"dbPassword": "of the owner"})
    assert "shop-postgres-exporter-db" in names(run(lambda: MonitoringStack("shop", given)), "Container")


def test_a_given_value_for_a_password_that_is_hashed_is_refused() -> None:
    args = MonitoringStackArgs(LEAST, secrets={"prometheusPassword": "of the owner"})
    with pytest.raises(
        ValueError, match=r"secrets\['prometheusPassword'\]: found a value. Allowed: a GeneratedPassword"
    ):
        run(lambda: MonitoringStack("shop", args))


def test_grafana_content_by_provider_asks_for_one() -> None:
    with pytest.raises(ValueError, match=r"MonitoringStack shop: opts\.providers has no Grafana provider"):
        run(lambda: MonitoringStack("shop", MonitoringStackArgs({"services": [API]})))


def test_the_password_of_the_grafana_provider_must_be_the_stacks_too() -> None:
    def program() -> None:
        options = pulumi.ResourceOptions(providers=[grafana.Provider("board", url="http://g", auth="admin:other")])
        MonitoringStack("shop", MonitoringStackArgs({"services": [API]}), options)

    with pytest.raises(ValueError, match=r"secrets\['grafanaAdminPassword'\]: found nothing\. Allowed: the GeneratedP"):
        run(program)


def test_resources_take_the_providers_that_were_passed() -> None:
    def program() -> None:
        password = GeneratedPassword("grafana")
        providers = [docker.Provider("machine"), grafana.Provider("board", url="http://g", auth=password.value)]
        args = MonitoringStackArgs({"services": [API]}, secrets={"grafanaAdminPassword": password})
        MonitoringStack("shop", args, pulumi.ResourceOptions(providers=providers))

    providers: dict[str, set[str]] = {}
    for resource in run(program):
        package = resource.type.partition(":")[0]
        providers.setdefault(package, set()).add(resource.provider.rpartition("::")[0].rpartition("::")[2])
    assert providers["docker"] == {"machine"}
    assert providers["grafana"] == {"board"}


def test_no_component_builds_a_provider(least: Made) -> None:
    assert [resource.type for resource in least.resources if resource.type.startswith("pulumi:providers:")] == []


# --- Several in one program ------------------------------------------------------------------------------------------


def two(settings: dict[str, Any], *stacks: str) -> Callable[[], None]:
    def program() -> None:
        cluster = kubernetes.Provider("cluster")
        for name in stacks:
            MonitoringStack(name, MonitoringStackArgs(settings), pulumi.ResourceOptions(provider=cluster))

    return program


def test_two_stacks_of_one_cluster_share_no_namespace_and_no_object() -> None:
    resources = run(two(ON_KUBERNETES, "shop", "billing"))
    objects = [resource.inputs for resource in resources if resource.type.startswith("kubernetes:")]
    places = [(found["kind"], found["metadata"].get("namespace"), found["metadata"]["name"]) for found in objects]
    assert len(set(places)) == len(places)
    assert names(resources, ":Namespace") == {"shop", "shop-agents", "billing", "billing-agents"}


def test_two_stacks_in_one_namespace_are_refused() -> None:
    settings = {**ON_KUBERNETES, "kubernetes": {"namespace": "same"}}
    with pytest.raises(DuplicateResourceError, match="Namespace::same"):
        run(two(settings, "shop", "billing"))


def test_two_stacks_of_one_name_are_refused() -> None:
    with pytest.raises(DuplicateResourceError, match="MonitoringStack::shop"):
        run(two(LEAST, "shop", "shop"))
