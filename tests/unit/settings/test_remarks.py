"""What can be meant, but seldom is."""

from __future__ import annotations

from typing import Any

import pytest

from program.prepare import prepare_program
from settings.stackfile import RawConfiguration
from tests.plans import raw_configuration

API: dict[str, Any] = {"name": "api", "kind": "http", "target": "api:8000"}


def told(*services: dict[str, Any], **sections: Any) -> list[str]:
    named = frozenset(service["bearer_token"] for service in services if "bearer_token" in service)
    raw = RawConfiguration("Pulumi.test.yaml", {"services": [*services], **sections}, named)
    return [str(remark) for remark in prepare_program(raw, "test").remarks]


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_the_shipped_stacks_are_not_remarked_on(stack: str) -> None:
    assert prepare_program(raw_configuration(stack), stack).remarks == ()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "[::1]"])
def test_the_own_machine_as_a_target_is_the_container_that_asks(host: str) -> None:
    plain = host.strip("[]")
    assert told({**API, "target": f"{host}:8000"}) == [
        f"services[0].target: {plain} is the container that asks, Prometheus or an exporter, and not the machine it "
        "runs on. What runs on the machine itself is host.docker.internal."
    ]


def test_the_machine_has_a_name_on_docker_alone() -> None:
    here = {**API, "target": "host.docker.internal:8000"}
    assert told(here) == []
    (line,) = told(here, runtime="kubernetes", images={"source": "registry"})
    assert line == (
        "services[0].target: host.docker.internal is a name that nothing has on kubernetes. Write the name or the "
        "address of what is meant."
    )
    (line,) = told({**API, "target": "localhost:8000"}, runtime="kubernetes", images={"source": "registry"})
    assert line.endswith("and not the machine it runs on. Write the name or the address of what is meant.")


def test_what_is_the_same_of_many_services_is_said_once() -> None:
    (line,) = told(*({**API, "name": f"s{number}", "target": "localhost:80"} for number in range(5)))
    assert line.startswith("services[0].target, services[1].target, services[2].target and 2 more: localhost is")


@pytest.mark.parametrize(
    ("protocol", "target", "line"),
    [
        ("https", "shop:80", ["services[0].protocol: https on port 80, which http has."]),
        ("http", "shop:443", ["services[0].protocol: http on port 443, which https has."]),
        ("https", "shop:443", []),
        ("http", "shop:80", []),
        ("tcp", "shop:443", []),
    ],
)
def test_a_protocol_on_the_port_of_the_other_is_remarked_on(protocol: str, target: str, line: list[str]) -> None:
    assert told({"name": "shop", "kind": "probe", "protocol": protocol, "target": target}) == line


@pytest.mark.parametrize(
    ("fields", "lines"),
    [
        (
            {"tls": {"insecure": True}, "bearer_token": "aToken"},
            [
                "services[0].tls.insecure: any certificate is believed: whoever is in between can read what is sent, "
                "credentials too, and change what comes back. Name the authority in tls.ca instead."
            ],
        ),
        (
            {"bearer_token": "aToken"},
            [
                "services[0].bearer_token: it is sent unencrypted, for everybody on the way to read. "
                "Write scheme: https where the target offers it."
            ],
        ),
        (
            {"scheme": "https", "target": "api:80"},
            ["services[0].target: https on port 80, which http has."],
        ),
        ({"target": "api:443"}, ["services[0].target: http on port 443, which https has."]),
        ({"tls": {}, "target": "api:443", "bearer_token": "aToken"}, []),
    ],
)
def test_a_scrape_that_gives_something_away_is_remarked_on(fields: dict[str, Any], lines: list[str]) -> None:
    assert told({**API, **fields}) == lines


def test_what_a_summary_does_not_tell_is_said() -> None:
    (line,) = told({**API, "metrics": {"histogram": "summary"}})
    assert line.startswith("services[0].metrics.histogram: a summary tells the quantiles that the program computes")


@pytest.mark.parametrize(
    ("said", "begins"),
    [
        ({"protocol": "https", "tls": {"insecure": True}}, "services[0].tls.insecure: any certificate is believed"),
        ({"protocol": "grpcs", "tls": {"insecure": True}}, "services[0].tls.insecure: any certificate is believed"),
        ({"bearer_token": "shopToken"}, "services[0].bearer_token: it is sent unencrypted, for everybody on the way"),
    ],
)
def test_what_a_probe_gives_away_is_remarked_on(said: dict[str, Any], begins: str) -> None:
    raw = RawConfiguration(
        "Pulumi.test.yaml",
        {"services": [{"name": "shop", "kind": "probe", "target": "shop:8000", **said}]},
        frozenset({"shopToken"} & {*map(str, said.values())}),
    )
    (line,) = map(str, prepare_program(raw, "test").remarks)
    assert line.startswith(begins)


OFFICE: dict[str, Any] = {"name": "office", "kind": "prober", "target": "office.example:9115"}


@pytest.mark.parametrize(
    ("said", "lines"),
    [
        ({}, []),
        (
            {"bearer_token": "aToken", "protocol": "https"},
            ["services[1].probers: the probe reads /run/secrets/aToken where it is asked: on office too."],
        ),
        (
            {"protocol": "icmp", "target": "shop"},
            [
                "services[1].probers: a ping is sent only where the system of office lets its exporter: "
                "net.ipv4.ping_group_range."
            ],
        ),
        (
            {"probers": ["blackbox-exporter"], "bearer_token": "aToken", "protocol": "https"},
            ["services[0].name: no probe names office in probers: it is watched, and asked for nothing."],
        ),
    ],
)
def test_what_a_prober_elsewhere_needs_is_said(said: dict[str, Any], lines: list[str]) -> None:
    probe = {"name": "shop", "kind": "probe", "target": "shop:8000", "probers": ["blackbox-exporter", "office"]}
    assert told(OFFICE, {**probe, **said}) == lines


def test_a_prober_that_is_believed_whatever_it_shows_is_remarked_on() -> None:
    (line,) = told(
        {**OFFICE, "tls": {"insecure": True}},
        {"name": "shop", "kind": "probe", "target": "shop:8000", "probers": ["office"]},
    )
    assert line.startswith("services[0].tls.insecure: any certificate is believed")


def test_what_nothing_reads_is_remarked_on() -> None:
    sections = {
        "kubernetes": {"namespace": "x"},
        "demo": {"error_share": 0.5},
        "docker": {"socket_group": 999},
    }
    assert told(API, **sections) == [
        "kubernetes: this stack runs on docker, and nothing reads the section.",
        "demo.error_share: the demo is not enabled, and nothing reads it.",
        "docker.socket_group: no service discovers containers, and nothing reads it.",
    ]


def test_engines_that_are_asked_for_output_read_the_group() -> None:
    assert told(API, docker={"socket_group": 999, "log_sockets": ["/var/run/docker.sock"]}) == []
