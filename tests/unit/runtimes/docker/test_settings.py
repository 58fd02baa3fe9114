"""Ports on the Docker host that are used twice."""

from __future__ import annotations

from tests.plans import mistakes_in, plan_of

AIRFLOW: dict[str, object] = {"name": "pipelines", "kind": "airflow"}


def test_a_port_that_a_default_has_taken_is_a_mistake() -> None:
    assert mistakes_in(AIRFLOW, docker={"ports": {"grafana": 9090}}) == [
        "docker.ports.prometheus: found 9090. Allowed: a port other than that of docker.ports.grafana."
    ]


def test_the_default_of_a_part_that_the_stack_does_not_have_takes_no_port() -> None:
    """16686 is Jaeger's, 8000 the demo's."""
    assert plan_of(AIRFLOW, docker={"ports": {"prometheus": 16686, "grafana": 8000}})
    assert mistakes_in(AIRFLOW, docker={"ports": {"prometheus": 16686}}, traces={"store": "jaeger"}) == [
        "docker.ports.prometheus: found 16686. Allowed: a port other than that of docker.ports.jaeger."
    ]
    assert mistakes_in(AIRFLOW, docker={"ports": {"grafana": 8000}}, demo={"enabled": True}) == [
        "docker.ports.memory_api: found 8000. Allowed: a port other than that of docker.ports.grafana."
    ]


def test_a_port_that_the_file_names_counts_always() -> None:
    assert mistakes_in(AIRFLOW, docker={"ports": {"prometheus": 19090, "jaeger": 19090}}) == [
        "docker.ports.prometheus: found 19090. Allowed: a port other than that of docker.ports.jaeger."
    ]


def test_two_services_cannot_listen_on_one_udp_port() -> None:
    second = {**AIRFLOW, "name": "reports"}
    assert mistakes_in(AIRFLOW, second) == [
        "services[1].statsd_port: found 9125. Allowed: a port other than that of services[0].statsd_port."
    ]
    assert plan_of(AIRFLOW, {**second, "statsd_port": 9126})


def test_udp_and_tcp_ports_of_one_number_are_different_ports() -> None:
    assert plan_of(AIRFLOW, docker={"ports": {"prometheus": 9125}})
