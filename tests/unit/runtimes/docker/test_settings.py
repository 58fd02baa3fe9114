"""Ports on the Docker host that are used twice."""

from __future__ import annotations

from tests.plans import mistakes_in, plan_of

AIRFLOW: dict[str, object] = {"name": "pipelines", "kind": "airflow"}


def test_a_port_that_a_default_has_taken_is_a_mistake() -> None:
    assert mistakes_in(AIRFLOW, docker={"ports": {"grafana": 9090}}) == [
        "docker.ports.prometheus: found 9090. Allowed: a port other than that of docker.ports.grafana."
    ]


def test_two_services_cannot_listen_on_one_udp_port() -> None:
    second = {**AIRFLOW, "name": "reports"}
    assert mistakes_in(AIRFLOW, second) == [
        "services[1].statsd_port: found 9125. Allowed: a port other than that of services[0].statsd_port."
    ]
    assert plan_of(AIRFLOW, {**second, "statsd_port": 9126})


def test_udp_and_tcp_ports_of_one_number_are_different_ports() -> None:
    assert plan_of(AIRFLOW, docker={"ports": {"prometheus": 9125}})
