"""The row about what can be reached from outside, on Docker."""

from __future__ import annotations

import pytest

from operations.verify.rows import passed
from tests.unit.operations.verify.world import World, published


def test_ports_on_loopback(world: World) -> None:
    ports = sum(len(ports) for ports in published(world.declared).values())
    assert ports >= 4
    row = world.row("published on loopback only")
    assert row == passed(row.name, f"{ports} ports of {len(world.containers)} containers")


@pytest.mark.parametrize(("host", "shown"), [("", "all addresses"), ("0.0.0.0", "0.0.0.0"), ("::", "::")])
def test_a_port_beyond_loopback(world: World, host: str, shown: str) -> None:
    world.containers["cadvisor"]["NetworkSettings"]["Ports"] = {"3100/tcp": [{"HostIp": host, "HostPort": "3100"}]}
    assert world.failures() == {
        "published on loopback only": f"monitoring-test-cadvisor publishes 3100/tcp on {shown}:3100:"
        " run make up STACK=test."
    }


def test_a_port_on_ipv6_loopback(world: World) -> None:
    world.containers["cadvisor"]["HostConfig"]["PortBindings"] = {"3100/tcp": [{"HostIp": "::1", "HostPort": "3100"}]}
    assert world.failures() == {}


def test_the_network_of_the_host(world: World) -> None:
    world.containers["cadvisor"]["HostConfig"] = {"NetworkMode": "host", "PortBindings": None}
    assert world.failures() == {
        "published on loopback only": "monitoring-test-cadvisor uses the host's network: run make up STACK=test."
    }
