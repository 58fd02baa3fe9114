"""Names on the Docker host, and which ports are published there."""

from __future__ import annotations

import pytest

from runtimes.docker.names import container_name, public_port, stack_prefix
from runtimes.docker.settings import DockerSettings
from workloads.workload import Port


def test_everything_of_a_stack_starts_with_the_project_and_its_name() -> None:
    assert stack_prefix("dev") == "monitoring-dev"
    assert container_name("dev", "grafana") == "monitoring-dev-grafana"


@pytest.mark.parametrize(
    ("port", "public"),
    [
        (Port("http", 9090, "people", "prometheus"), 19090),
        (Port("otlp-grpc", 4317, "applications", "otlp_grpc"), 4317),
        (Port("metrics", 9100), None),
        (Port("statsd", 9125, "applications", publish=8125, protocol="udp"), 8125),
    ],
)
def test_a_port_is_published_where_the_settings_or_a_service_say(port: Port, public: int | None) -> None:
    settings = DockerSettings.model_validate({"ports": {"prometheus": 19090}})
    assert public_port(port, settings) == public
