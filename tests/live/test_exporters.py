"""Exporters whose services are not there: the stack comes up all the same, and says of each service that it is down.

A service that is away must not keep its team from monitoring the others. Kinds that require a password are left out:
without an engine a stack with secrets of its owner is refused.
"""

from __future__ import annotations

from collections.abc import Iterator

import docker
import pytest

from tests.watching import WatchingStack, running_stack

STACK = "absent"
PORTS = {
    "grafana": 34000,
    "prometheus": 34090,
    "alertmanager": 34093,
    "otlp_grpc": 34317,
    "otlp_http": 34318,
    "memory_api": 34800,
    "victorialogs": 34428,
    "jaeger": 34686,
    "viewer": 34097,
    "runbooks": 34096,
}
# One whose name does not resolve, one where nothing listens: programs give up in different ways.
PLACES = {"unknown": "nowhere.invalid", "refusing": "127.0.0.1"}
KINDS: dict[str, dict[str, object]] = {
    "redis": {"port": 6379},
    "kafka": {"port": 9092},
    "mongodb": {"port": 27017},
    "nginx": {"port": 80},
    "celery": {"port": 6379, "broker": "redis"},
}
ALERTS = {"redis": "RedisDown", "kafka": "KafkaDown", "mongodb": "MongodbDown", "nginx": "NginxDown"}
RABBITMQ = {"kind": "celery", "broker": "rabbitmq", "target": "nowhere.invalid:5672"}


def services() -> list[dict[str, object]]:
    """Each kind in both places; what the alerts wait for is cut short."""
    found: list[dict[str, object]] = [{"name": "celery-rabbitmq", **RABBITMQ}, {"name": "pipelines", "kind": "airflow"}]
    for kind, said in KINDS.items():
        rest = {key: value for key, value in said.items() if key != "port"}
        alerts = {ALERTS[kind]: {"for": "30s"}} if kind in ALERTS else {}
        found += [
            {"name": f"{kind}-{name}", "kind": kind, "target": f"{host}:{said['port']}", "alerts": alerts, **rest}
            for name, host in PLACES.items()
        ]
    return found


@pytest.fixture(scope="module")
def stack(client: docker.DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WatchingStack]:
    """Brought up by `make up`, whose verification fails: the services are not there."""
    assert client
    with running_stack(STACK, tmp_path_factory.mktemp(STACK), PORTS, status=1, services=services()) as running:
        yield running


def test_every_container_is_healthy(stack: WatchingStack, client: docker.DockerClient) -> None:
    found = client.containers.list(filters={"label": f"monitoring.stack={STACK}"})
    assert len(found) > len(services())
    assert {container.name: container.health for container in found if container.health != "healthy"} == {}
    assert "is up after" in stack.said


def test_verification_names_the_services_that_are_not_there_and_nothing_else(stack: WatchingStack) -> None:
    failed = {line.split()[2] for line in stack.said.splitlines() if line.startswith("failed")}
    assert failed >= {f"{kind}-{name}" for kind in ALERTS for name in PLACES}
    assert failed <= {service["name"] for service in services()}


@pytest.mark.parametrize("kind", ALERTS)
def test_its_alert_fires_for_each(stack: WatchingStack, kind: str) -> None:
    for name in PLACES:
        stack.waits_for(f'ALERTS{{alertname="{ALERTS[kind]}",alertstate="firing",service="{kind}-{name}"}}', 240)
