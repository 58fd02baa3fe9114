"""Ports on the Docker host that are used twice."""

from __future__ import annotations

import pytest

from program.prepare import prepare_program
from runtimes.docker.settings import DockerSettings, offset_of, offsets_after
from settings.errors import ConfigurationError
from tests.plans import configuration, mistakes_in, plan_of

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


def test_a_stack_beside_the_first_has_ports_of_its_own_that_its_name_gives() -> None:
    assert DockerSettings().named("monitoring", "dev").published()["prometheus"] == 9090
    staging = DockerSettings().named("monitoring", "staging").published()
    assert {name: port - staging["prometheus"] for name, port in staging.items()} == {
        name: port - 9090 for name, port in DockerSettings().published().items()
    }
    assert staging["prometheus"] - 9090 == offset_of("staging") >= 10_000


def test_no_port_is_one_that_linux_gives_to_connections() -> None:
    for stack in map(str, range(2000)):
        ports = DockerSettings().named("monitoring", stack).published().values()
        assert min(ports) > 10_000 and max(ports) < 32_768


def test_stacks_of_usual_names_run_side_by_side() -> None:
    names = ("dev", "test", "staging", "prod", "production", "qa", "ci", "demo", "preview", "live", "shop", "hour")
    used = [port for name in names for port in DockerSettings().named("monitoring", name).published().values()]
    assert len(set(used)) == len(used)


def test_a_port_that_is_said_is_meant_and_an_offset_moves_the_others() -> None:
    said = DockerSettings.model_validate({"port_offset": 100, "ports": {"grafana": 3000}})
    published = said.named("monitoring", "staging").published()
    assert (published["grafana"], published["prometheus"]) == (3000, 9190)


def test_a_port_that_is_said_can_be_that_of_another_with_the_stacks_offset() -> None:
    prometheus = 9090 + offset_of("staging")
    raw = configuration(AIRFLOW, docker={"ports": {"runbooks": prometheus}})
    with pytest.raises(ConfigurationError, match=r"docker\.ports\.runbooks: found .* other than that of docker\.ports"):
        prepare_program(raw, "staging")
    assert prepare_program(raw, "dev")


def test_every_offset_is_tried_once() -> None:
    tried = [*offsets_after(10_005)]
    assert tried[:2] == [10_010, 10_020]
    assert len(tried) == len(set(tried)) == 600


def test_engines_that_are_asked_for_output_need_the_group() -> None:
    socket = "/var/run/docker.sock"
    assert mistakes_in(AIRFLOW, docker={"log_sockets": [socket]}) == [
        "docker.socket_group: found nothing. Allowed: the id of the group that may use those sockets."
        " Set it to what `stat -c %g /var/run/docker.sock` prints; docker.log_sockets needs it.",
    ]
    assert plan_of(AIRFLOW, docker={"log_sockets": [socket], "socket_group": 998})


def test_an_engine_is_asked_once() -> None:
    """Every line would come twice."""
    socket = "/var/run/docker.sock"
    (mistake,) = mistakes_in(AIRFLOW, docker={"log_sockets": [socket, socket], "socket_group": 998})
    assert mistake.startswith(f"docker.log_sockets: found '{socket}' more than once.")
