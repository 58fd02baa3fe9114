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


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "[::1]", "0.0.0.0", "[::]"])
def test_the_own_machine_as_a_target_is_the_container_that_asks(host: str) -> None:
    plain = host.strip("[]")
    assert told({**API, "target": f"{host}:8000"}) == [
        f"services[0].target: {plain} is the container that asks, and not the machine it "
        "runs on. What runs on the machine itself is host.docker.internal."
    ]


@pytest.mark.parametrize(
    ("service", "sections", "path"),
    [
        ({"kind": "redis", "target": "a:1", "nodes": ["b:1", "localhost:1"]}, {}, "services[0].nodes[1]"),
        (
            {"kind": "kafka", "target": "a:1", "broker_metrics": ["localhost:1"]},
            {},
            "services[0].broker_metrics[0]",
        ),
        (
            {"kind": "http", "discover": {"consul": {"server": "localhost:8500", "service": "x"}}},
            {},
            "services[0].discover.consul.server",
        ),
        ({"kind": "http", "target": "a:1", "proxy": "http://localhost:3128"}, {}, "services[0].proxy"),
        ({"kind": "probe", "target": "localhost", "protocol": "icmp"}, {}, "services[0].target"),
        (
            {"kind": "http", "target": "a:1"},
            {
                "receivers": {"mail": {"email": {"to": ["a@example.com"], "smarthost": "localhost:25"}}},
                "alerting": {"default": "mail"},
            },
            "receivers.mail.email.smarthost",
        ),
        (
            {"kind": "http", "target": "a:1"},
            {
                "receivers": {"hook": {"webhook": {"url": "http://localhost:9000/x"}}},
                "alerting": {"default": "hook"},
            },
            "receivers.hook.webhook.url",
        ),
        (
            {"kind": "http", "target": "a:1"},
            {"alerting": {"heartbeat": {"url": "http://localhost/ping"}}},
            "alerting.heartbeat.url",
        ),
    ],
)
def test_the_own_machine_is_told_of_wherever_a_container_asks(
    service: dict[str, Any], sections: dict[str, Any], path: str
) -> None:
    (line,) = told({"name": "s", **service}, **sections)
    assert line.startswith(f"{path}: localhost is the container that asks")


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
        ("tls", "shop:80", ["services[0].protocol: tls on port 80, which http has."]),
        ("grpcs", "shop:80", ["services[0].protocol: grpcs on port 80, which http has."]),
        ("grpc", "shop:443", ["services[0].protocol: grpc on port 443, which https has."]),
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


def test_a_provider_of_another_runtime_is_read_by_nobody() -> None:
    raw = RawConfiguration("Pulumi.test.yaml", {"services": [API]}, foreign=("kubernetes:context", "docker:host"))
    (remark,) = prepare_program(raw, "test").remarks
    assert str(remark) == "kubernetes:context: this stack runs on docker, and nothing reads the key."


@pytest.mark.parametrize(
    ("fields", "lines"),
    [
        (
            {"mechanism": "plain"},
            [
                "services[0].password: it is sent unencrypted, for everybody on the way to read. Write tls: require, "
                "or verify-full, where the target offers it."
            ],
        ),
        ({"mechanism": "plain", "tls": "require"}, []),
        # SCRAM proves that the password is known, and does not send it.
        ({"mechanism": "scram-sha256"}, []),
    ],
)
def test_a_password_that_kafka_is_sent_openly_is_remarked_on(fields: dict[str, Any], lines: list[str]) -> None:
    kafka = {"name": "bus", "kind": "kafka", "target": "bus:9092", "username": "u", "password": "aPassword", **fields}
    raw = RawConfiguration("Pulumi.test.yaml", {"services": [kafka]}, frozenset({"aPassword"}))
    assert [str(remark) for remark in prepare_program(raw, "test").remarks] == lines


def test_an_unchecked_certificate_of_nginx_is_remarked_on() -> None:
    (line,) = told(
        {"name": "web", "kind": "nginx", "target": "web:8443", "protocol": "https", "verify_certificate": False}
    )
    assert line.startswith("services[0].verify_certificate: any certificate is believed")


@pytest.mark.parametrize(("scheme", "count"), [("http", 1), ("https", 0)])
def test_a_token_that_a_receiver_is_sent_openly_is_remarked_on(scheme: str, count: int) -> None:
    sections = {
        "services": [API],
        "receivers": {"hook": {"webhook": {"url": f"{scheme}://hooks.example.com/x", "bearer_token": "aToken"}}},
        "alerting": {"default": "hook"},
    }
    raw = RawConfiguration("Pulumi.test.yaml", sections, frozenset({"aToken"}))
    begin = "receivers.hook.webhook.url: aToken is sent there unencrypted, for everybody on the way to read."
    lines = [str(remark) for remark in prepare_program(raw, "test").remarks]
    assert len(lines) == count
    assert all(line.startswith(begin) for line in lines)
    assert all(line.endswith("on the way to read. Write https:// if it can be.") for line in lines)
