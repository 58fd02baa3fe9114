"""How a target is asked for its metrics: what contradicts itself, and what cannot be sent."""

from __future__ import annotations

from typing import Any

import pytest

from settings.access import Access
from settings.stackfile import RawConfiguration
from tests.plans import mistakes_in, mistakes_of, plan_of
from tests.unit.settings.few_kinds import NO_SECRET

API: dict[str, Any] = {"name": "api", "kind": "http", "target": "api:8000"}
LOGIN = {"username": "prom", "password": "aPassword"}


def stack(fields: dict[str, Any]) -> RawConfiguration:
    secrets = frozenset({"anAuthority", "aCertificate", "aKey", "aPassword", "aToken"})
    named = {secret for secret in secrets if secret in str(fields)}
    return RawConfiguration("Pulumi.test.yaml", {"services": [{**API, **fields}]}, frozenset(named))


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (
            {"tls": {"ca": "anAuthority", "insecure": True}},
            "tls.insecure: found insecure: true beside ca. Allowed: one of them. "
            "Remove insecure: the certificate is then checked against ca.",
        ),
        (
            {"tls": {"certificate": "aCertificate"}},
            "tls.key: found certificate without key. Allowed: both or none. Add key.",
        ),
        (
            {"tls": {"key": "aKey"}},
            "tls.certificate: found key without certificate. Allowed: both or none. Add certificate.",
        ),
        ({"tls": {"ca": "/etc/ca.pem"}}, f"tls.ca: {NO_SECRET}"),
        (
            {"scheme": "http", "tls": {}},
            "tls: found tls with scheme: http. Allowed: tls with scheme: https. Remove one of them.",
        ),
        (
            {"basic_auth": LOGIN, "bearer_token": "aToken"},
            "bearer_token: found bearer_token beside basic_auth. Allowed: one of them. "
            "Both are sent in the same header: remove one.",
        ),
        (
            {"basic_auth": {**LOGIN, "username": "a:b"}},
            "basic_auth.username: found 'a:b'. Allowed: a name without a colon, which ends it.",
        ),
        (
            {"headers": {"authorization": "Bearer x"}},
            "headers.authorization: found 'authorization'. Allowed: another header. "
            "Say it with basic_auth or bearer_token.",
        ),
        (
            {"headers": {"Host": "x"}},
            "headers.Host: found 'Host', which the program that asks sets itself. Allowed: another header.",
        ),
        (
            {"headers": {"X A": "x"}},
            "headers.X A: found 'X A'. Allowed: the name of a header: letters, digits and dashes.",
        ),
        (
            {"headers": {"X-A": "x\ny"}},
            "headers.X-A: found 'x\\ny'. Allowed: one line of text, without blanks around it.",
        ),
        (
            {"headers": {"X-A": "x", "x-a": "y"}},
            "headers: found X-A and x-a. Allowed: each header once, in headers or in secret_headers.",
        ),
        ({"params": {"": "x"}}, "params: found a parameter without a name. Allowed: a name for each value."),
        (
            {"path": "/m?a=b", "params": {"c": "d"}},
            "params: found params beside a path with ?. Allowed: one of them. Leave them out of the path.",
        ),
        (
            {"proxy": "proxy:3128"},
            "proxy: found 'proxy:3128'. Allowed: a URL that starts with http://, https:// or socks5://.",
        ),
    ],
)
def test_what_cannot_be_asked_so_is_a_mistake(fields: dict[str, Any], sentence: str) -> None:
    assert mistakes_of(stack(fields)) == [f"services[0].{sentence}"]


def test_secrets_are_named_by_their_place() -> None:
    access = Access.model_validate_json(
        """{"tls": {"ca": "a1", "certificate": "b2", "key": "c3"}, "bearer_token": "d4",
        "secret_headers": {"X": "e5"}}"""
    )
    assert access.encrypted
    assert access.secrets() == {
        **{"tls.ca": "a1", "tls.certificate": "b2", "tls.key": "c3"},
        **{"bearer_token": "d4", "secret_headers.X": "e5"},
    }
    nothing_set = RawConfiguration("Pulumi.test.yaml", {"services": [{**API, "basic_auth": LOGIN}]}, frozenset())
    assert mistakes_of(nothing_set) == [
        "services[0].basic_auth.password: found 'aPassword', a secret that is not set. "
        "Allowed: the name of a secret that is set. "
        "Set it: make secrets STACK=dev ARGS=aPassword, or pulumi config set --secret aPassword"
    ]


@pytest.mark.parametrize(
    ("entry", "fields"),
    [
        ({"kind": "queries", "metrics_from": "api"}, {"tls": {}}),
        ({"kind": "queries", "metrics_from": "api"}, {"params": {"a": "b"}}),
        ({"kind": "queries", "metrics_from": "api"}, {"scrape_timeout": "5s"}),
        ({"kind": "otel", "otlp": {}}, {"headers": {"X": "y"}}),
        ({"kind": "container", "containers": ["worker"]}, {"scheme": "https"}),
        ({"kind": "neo4j", "edition": "community", "target": "graph:7687"}, {"scheme": "https"}),
    ],
)
def test_where_nothing_is_scraped_there_is_nothing_to_ask(entry: dict[str, Any], fields: dict[str, Any]) -> None:
    (field,) = fields
    (found,) = mistakes_in(API, {"name": "other", **entry, **fields})
    assert found.startswith(f"services[1].{field}: found ")
    assert plan_of(API, {"name": "other", **entry})


def test_what_is_said_of_a_scrape_reaches_its_job() -> None:
    cadvisor = {"name": "boxes", "kind": "container", "containers": ["a"], "target": "box:8443", "scheme": "https"}
    first, second = plan_of(
        {**API, "params": {"a": "b", "c": ["d", "e"]}, "scrape_timeout": "5s"}, cadvisor
    ).scrape_jobs
    assert (first.params, first.timeout) == ({"a": ("b",), "c": ("d", "e")}, "5s")
    assert second.access.encrypted and not first.access.encrypted
