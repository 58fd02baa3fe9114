"""Probes by the real blackbox exporter, with the modules and secret files that stack files make of it."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme
from prometheus_client.parser import text_string_to_metric_families

from catalog.blackbox import USUAL_TIMEOUT
from components.exporters import blackbox_workload
from images.build import tool_path
from program.plan import planned
from settings.stackfile import RawConfiguration
from settings.types import seconds
from tests.plans import settings_of
from tests.programs.placed import write_files
from tests.standins.probed import PASSWORD, TOKEN, USER, expired_certificate, grpc_server, http_server
from tests.waiting import free_ports, until

PINGS = os.geteuid() == 0
TRUSTED: dict[str, object] = {"ca": "innerCa", "server_name": "localhost"}
CLIENT = {**TRUSTED, "certificate": "innerCertificate", "key": "innerKey"}
# By name: what is probed, and whether it succeeds; `{…}` is the port of a server.
PROBES: dict[str, tuple[dict[str, object], bool]] = {
    "plain": ({"path": "/"}, True),
    "missing": ({"path": "/nothing"}, False),
    "redirect-followed": ({"path": "/old"}, True),
    "redirect-expected": ({"path": "/old", "expected_status": 301}, True),
    "redirect-unwanted": ({"path": "/old", "follow_redirects": False}, False),
    "one-of-several": ({"path": "/old", "expected_status": ["2xx", 301]}, True),
    "none-of-several": ({"path": "/", "expected_status": [204, "4xx"]}, False),
    "login-expected": ({"path": "/basic", "expected_status": 401}, True),
    "posts": (
        {"path": "/made", "method": "POST", "body": '{"a": "$1"}', "headers": {"Content-Type": "application/json"}},
        True,
    ),
    "posts-nothing": ({"path": "/made", "method": "POST"}, False),
    "asks-for-the-head": ({"path": "/head", "method": "HEAD"}, True),
    "sends-headers": ({"path": "/typed", "headers": {"x-team": "a & b"}}, True),
    "says-another-host": ({"path": "/named", "headers": {"Host": "shop.example"}}, True),
    "logs-in": ({"path": "/basic", "basic_auth": {"username": USER, "password": "shopPassword"}}, True),
    "logs-in-wrongly": ({"path": "/basic", "basic_auth": {"username": "other", "password": "shopPassword"}}, False),
    "shows-a-token": ({"path": "/bearer", "bearer_token": "shopToken"}, True),
    "must-not-match": ({"path": "/degraded", "fail_if_body_matches": '"status": ?"degraded"'}, False),
    "must-match": ({"path": "/", "fail_if_body_not_matches": "^all .* well$"}, True),
    "must-match-and-does-not": ({"path": "/degraded", "fail_if_body_not_matches": "well"}, False),
    "through-a-proxy": ({"target": "only-the-proxy-knows.invalid:80", "proxy": "http://127.0.0.1:{http}"}, True),
    "too-slow": ({"path": "/slow", "timeout": "1s"}, False),
    "by-ipv6": ({"target": "[::1]:{v6}"}, True),
    "by-ipv6-alone": ({"target": "[::1]:{v6}", "ip_version": 6}, True),
    "own-authority": ({"protocol": "https", "target": "127.0.0.1:{https}", "tls": TRUSTED}, True),
    "unknown-authority": ({"protocol": "https", "target": "127.0.0.1:{https}"}, False),
    "any-certificate": ({"protocol": "https", "target": "127.0.0.1:{https}", "tls": {"insecure": True}}, True),
    "another-name": (
        {"protocol": "https", "target": "127.0.0.1:{https}", "tls": {"ca": "innerCa", "server_name": "shop.example"}},
        False,
    ),
    "client-certificate": ({"protocol": "https", "target": "127.0.0.1:{mutual}", "tls": CLIENT}, True),
    "no-client-certificate": ({"protocol": "https", "target": "127.0.0.1:{mutual}", "tls": TRUSTED}, False),
    "connects": ({"protocol": "tcp", "target": "127.0.0.1:{http}"}, True),
    "connects-encrypted": ({"protocol": "tls", "target": "127.0.0.1:{https}", "tls": TRUSTED}, True),
    "connects-nowhere": ({"protocol": "tcp", "target": "127.0.0.1:{nothing}"}, False),
    "extra-certificate": ({"protocol": "https", "target": "127.0.0.1:{extra}", "tls": TRUSTED}, True),
    "extra-certificate-tls": ({"protocol": "tls", "target": "127.0.0.1:{extra}", "tls": TRUSTED}, True),
    "healthy": ({"protocol": "grpc", "target": "127.0.0.1:{grpc}"}, True),
    "healthy-service": ({"protocol": "grpc", "target": "127.0.0.1:{grpc}", "grpc_service": "shop"}, True),
    "unhealthy-service": ({"protocol": "grpc", "target": "127.0.0.1:{grpc}", "grpc_service": "mail"}, False),
    "healthy-encrypted": ({"protocol": "grpcs", "target": "127.0.0.1:{grpcs}", "tls": TRUSTED}, True),
    "grpc-unknown-authority": ({"protocol": "grpcs", "target": "127.0.0.1:{grpcs}"}, False),
    **({"pings": ({"protocol": "icmp", "target": "127.0.0.1"}, True)} if PINGS else {}),
}
Samples = Mapping[str, float]


@dataclass(frozen=True)
class Probed:
    """What the exporter said of each probe."""

    samples: Mapping[str, Samples]


def _context(certificate: trustme.LeafCert, extra: Path | None = None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if extra:
        context.load_cert_chain(extra)
    else:
        certificate.configure_cert(context)
    return context


@pytest.fixture(scope="module")
def probed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Probed]:
    """Every probe, asked once."""
    folder = tmp_path_factory.mktemp("probes")
    authority = trustme.CA()
    server, client = authority.issue_cert("localhost"), authority.issue_cert("prober")
    chain = folder / "chain.pem"
    chain.write_text(server.private_key_and_cert_chain_pem.bytes().decode() + expired_certificate(), encoding="utf-8")
    mutual = _context(server)
    mutual.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(mutual)
    key, certificates = server.private_key_pem.bytes(), b"".join(pem.bytes() for pem in server.cert_chain_pems)
    secrets = {
        "innerCa": authority.cert_pem.bytes().decode(),
        "innerCertificate": client.cert_chain_pems[0].bytes().decode(),
        "innerKey": client.private_key_pem.bytes().decode(),
        "shopPassword": PASSWORD,
        "shopToken": TOKEN,
    }
    with ExitStack() as running:
        ports = {
            "http": running.enter_context(http_server()),
            "v6": running.enter_context(http_server(host="::1")),
            "https": running.enter_context(http_server(_context(server))),
            "mutual": running.enter_context(http_server(mutual)),
            "extra": running.enter_context(http_server(_context(server, chain))),
            "grpc": running.enter_context(grpc_server()),
            "grpcs": running.enter_context(grpc_server((key, certificates + expired_certificate().encode()))),
        }
        ports["nothing"], port = free_ports(2)
        yield _asked(folder, port, secrets, [_entry(name, ports) for name in PROBES])


def _entry(name: str, ports: Mapping[str, int]) -> dict[str, Any]:
    entry = json.dumps({"name": name, "kind": "probe", "target": "127.0.0.1:{http}", **PROBES[name][0]})
    for key, port in ports.items():
        entry = entry.replace(f"{{{key}}}", str(port))
    found: dict[str, Any] = json.loads(entry)
    return found


def _asked(folder: Path, port: int, secrets: Mapping[str, str], entries: list[dict[str, Any]]) -> Probed:
    raw = RawConfiguration("Pulumi.test.yaml", {"services": entries}, frozenset(secrets))
    plan = planned(settings_of(raw), "test")
    values = folder / "values.json"
    values.write_text(json.dumps({name: {"value": text, "bcrypt": ""} for name, text in secrets.items()}), "utf-8")
    placed = write_files(blackbox_workload(plan.probe_modules, plan.probe_secrets), folder, values)
    arguments = [str(tool_path("blackbox_exporter")), *placed.args, f"--web.listen-address=127.0.0.1:{port}"]
    samples: dict[str, Samples] = {}
    with (folder / "log").open("wb") as log, subprocess.Popen(arguments, stdout=log, stderr=log) as program:
        try:
            url = f"http://127.0.0.1:{port}"
            until(lambda: httpx.get(f"{url}/-/healthy").is_success, 20, forgives=(httpx.TransportError,))
            for job in plan.scrape_jobs:
                asked = {"module": str(job.probe_module), "target": job.targets[0]}
                answer = httpx.get(f"{url}/probe", params=asked, timeout=30)
                assert answer.is_success, answer.text
                families = text_string_to_metric_families(answer.text)
                samples[job.name] = {sample.name: sample.value for family in families for sample in family.samples}
        finally:
            program.terminate()
    return Probed(samples)


@pytest.mark.parametrize("name", PROBES)
def test_a_probe_succeeds_where_it_should_and_nowhere_else(probed: Probed, name: str) -> None:
    assert probed.samples[name]["probe_success"] == PROBES[name][1]


def test_a_body_that_is_refused_is_told_apart_from_an_endpoint_that_is_down(probed: Probed) -> None:
    refused = {name for name, found in probed.samples.items() if found.get("probe_failed_due_to_regex")}
    assert refused == {"must-not-match", "must-match-and-does-not"}


@pytest.mark.parametrize("name", ["extra-certificate", "extra-certificate-tls"])
def test_an_expired_certificate_beside_the_verified_chain_is_not_the_chains_date(probed: Probed, name: str) -> None:
    found = probed.samples[name]
    assert (
        found["probe_ssl_earliest_cert_expiry"] < time.time() < found["probe_ssl_last_chain_expiry_timestamp_seconds"]
    )


def test_a_probe_that_believes_any_certificate_knows_no_chain(probed: Probed) -> None:
    found = probed.samples["any-certificate"]
    assert found["probe_ssl_last_chain_expiry_timestamp_seconds"] < 0 < found["probe_ssl_earliest_cert_expiry"]


def test_grpc_tells_the_first_date_alone_and_that_it_is_grpc(probed: Probed) -> None:
    found = probed.samples["healthy-encrypted"]
    assert found["probe_grpc_ssl"] == 1 and found["probe_ssl_earliest_cert_expiry"] < time.time()
    assert "probe_ssl_last_chain_expiry_timestamp_seconds" not in found


def test_a_probe_gives_up_after_its_own_time(probed: Probed) -> None:
    # The server answers after half a minute; without a time of its own the probe would wait for the usual one.
    assert 0.9 < probed.samples["too-slow"]["probe_duration_seconds"] < seconds(USUAL_TIMEOUT)


@pytest.mark.skipif(not PINGS, reason="sockets of ICMP need root here, or a group in net.ipv4.ping_group_range")
def test_a_ping_tells_how_long_the_way_takes(probed: Probed) -> None:
    assert "probe_icmp_duration_seconds" in probed.samples["pings"]
