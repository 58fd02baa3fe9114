"""Kind probe: what the blackbox exporter is asked, and the modules that one probe alone needs."""

from __future__ import annotations

import pytest
import yaml

from catalog.plan import ScrapeJob
from components.exporters import blackbox_workload
from tests.plans import mistakes_in, plan_of

LABELS = {"service": "uptime", "kind": "probe", "owner": "unowned", "prober": "blackbox-exporter"}
ENTRY = {"name": "uptime", "kind": "probe", "target": "shop.example.com:443"}
DNS = {"name": "names", "kind": "probe", "protocol": "dns", "target": "10.0.0.2:53", "query": "shop.example.com"}


@pytest.mark.parametrize(
    ("protocol", "target", "module"),
    [
        ("http", "http://shop.example.com:443/", "http"),
        ("https", "https://shop.example.com:443/", "http"),
        ("tcp", "shop.example.com:443", "tcp"),
        ("tls", "shop.example.com:443", "tls"),
    ],
)
def test_a_simple_probe_uses_a_module_that_is_always_there(protocol: str, target: str, module: str) -> None:
    plan = plan_of({**ENTRY, "protocol": protocol})
    assert plan.scrape_jobs == (ScrapeJob("uptime", (target,), LABELS, probe_module=module),)
    assert dict(plan.probe_modules) == {}


@pytest.mark.parametrize(("status", "follows"), [(301, False), (308, False), (299, None), (401, None)])
def test_a_redirect_that_is_expected_is_not_followed(status: int, follows: bool | None) -> None:
    (module,) = plan_of({**ENTRY, "expected_status": status}).probe_modules.values()
    assert module["http"].get("follow_redirects") == follows


def test_an_expression_that_the_exporter_refuses_is_a_mistake() -> None:
    (sentence,) = mistakes_in({**ENTRY, "fail_if_body_matches": r"degraded\Z"})
    assert sentence.startswith(
        r"services[0].fail_if_body_matches: found 'degraded\\Z' (invalid escape sequence: \Z). Allowed: a regular"
    )


def test_an_expected_status_and_a_refused_body_make_a_module_of_the_probe() -> None:
    plan = plan_of(
        {**ENTRY, "path": "/health/detailed", "expected_status": 203, "fail_if_body_matches": '"status": ?"degraded"'}
    )
    (job,) = plan.scrape_jobs
    assert (job.probe_module, job.targets) == ("http-uptime", ("http://shop.example.com:443/health/detailed",))
    assert plan.probe_modules == {
        "http-uptime": {
            "prober": "http",
            "timeout": "5s",
            "http": {
                "preferred_ip_protocol": "ip4",
                "valid_status_codes": [203],
                "fail_if_body_matches_regexp": ['"status": ?"degraded"'],
            },
        }
    }


def test_several_statuses_and_classes_are_written_out_once_each_and_in_order() -> None:
    (module,) = plan_of({**ENTRY, "expected_status": ["2xx", 404, 200]}).probe_modules.values()
    assert module["http"]["valid_status_codes"] == [*range(200, 300), 404]


@pytest.mark.parametrize("target", ["shop.example.com", "10.0.0.5", "::1", "2001:db8::7", "shop"])
def test_a_ping_has_a_host_alone(target: str) -> None:
    plan = plan_of({**ENTRY, "protocol": "icmp", "target": target})
    (job,) = plan.scrape_jobs
    assert (job.probe_module, job.targets) == ("icmp-uptime", (target,))
    workload = blackbox_workload(plan.probe_modules)
    assert workload.sysctls == {"net.ipv4.ping_group_range": "65534 65534"}


def test_without_pings_the_exporter_opens_no_sockets_for_them() -> None:
    assert blackbox_workload(plan_of(ENTRY).probe_modules).sysctls == {}


def test_what_is_secret_is_read_from_files() -> None:
    tls = {"ca": "innerCa", "certificate": "innerCertificate", "key": "innerKey", "server_name": "inner"}
    entry = {**ENTRY, "protocol": "https", "tls": tls, "basic_auth": {"username": "a b", "password": "shopPassword"}}
    plan = plan_of(entry)
    (module,) = plan.probe_modules.values()
    assert module["http"]["basic_auth"] == {"username": "a b", "password_file": "/run/secrets/shopPassword"}
    assert module["http"]["tls_config"] == {
        "ca_file": "/run/secrets/innerCa",
        "cert_file": "/run/secrets/innerCertificate",
        "key_file": "/run/secrets/innerKey",
        "server_name": "inner",
    }
    workload = blackbox_workload(plan.probe_modules, plan.probe_secrets)
    assert set(workload.secrets) == {"innerCa", "innerCertificate", "innerKey", "shopPassword"}


def test_a_probe_that_waits_long_is_scraped_as_long() -> None:
    (job,) = plan_of({**ENTRY, "timeout": "20s", "scrape_interval": "30s"}).scrape_jobs
    assert job.timeout == "21s"


@pytest.mark.parametrize(("version", "alone"), [(4, False), (6, False), (None, None)])
def test_one_version_of_ip_alone_is_probed_where_it_is_asked_for(version: int | None, alone: bool | None) -> None:
    modules = plan_of({**ENTRY, "ip_version": version}).probe_modules
    options = next(iter(modules.values()), {"http": {"preferred_ip_protocol": "ip4"}})["http"]
    assert options["preferred_ip_protocol"] == f"ip{version or 4}"
    assert options.get("ip_protocol_fallback") is alone


@pytest.mark.parametrize(("given", "record_type"), [({}, "A"), ({"record_type": "MX"}, "MX")])
def test_a_dns_probe_asks_its_server_and_wants_a_record(given: dict[str, object], record_type: str) -> None:
    plan = plan_of({**DNS, **given})
    (job,) = plan.scrape_jobs
    assert (job.probe_module, job.targets) == ("dns-names", ("10.0.0.2:53",))
    question = plan.probe_modules["dns-names"]["dns"]
    assert (question["query_name"], question["query_type"]) == ("shop.example.com", record_type)
    assert question["validate_answer_rrs"] == {"fail_if_none_matches_regexp": [rf"\sIN\s+{record_type}\s"]}


def test_the_exporter_gets_the_shared_modules_and_those_of_the_probes() -> None:
    workload = blackbox_workload(plan_of(ENTRY, DNS, {**ENTRY, "name": "login", "expected_status": 401}).probe_modules)
    assert workload.config
    modules = yaml.safe_load(workload.config.files["blackbox.yml"])["modules"]
    assert set(modules) == {"http", "tcp", "tls", "dns-names", "http-login"}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            {"protocol": "tcp", "path": "/x"},
            "services[0].path: found it with protocol tcp. Allowed: it with http or",
        ),
        ({"protocol": "tls", "expected_status": 200}, "services[0].expected_status: found it with protocol tls."),
        ({"query": "example.com"}, "services[0].query: found it with protocol http. Allowed: it with dns."),
        ({"protocol": "dns"}, "services[0].query: found nothing. Allowed: the name to ask for"),
        ({"protocol": "dns", "query": "x", "record_type": "ANY"}, "services[0].record_type: found 'ANY'."),
        ({"expected_status": 99}, "services[0].expected_status: found 99."),
        (
            {"fail_if_body_matches": "(degraded"},
            "services[0].fail_if_body_matches: found '(degraded' (missing ): (degraded).",
        ),
        (
            {"fail_if_body_matches": "(?!ok)"},
            "services[0].fail_if_body_matches: found '(?!ok)' (invalid perl operator: (?!).",
        ),
        ({"protocol": "smtp"}, "services[0].protocol: found 'smtp'."),
        # The exporter waits for the answer behind it.
        ({"expected_status": 100}, "services[0].expected_status: found 100."),
        ({"expected_status": "1xx"}, "services[0].expected_status: found '1xx'."),
        ({"fail_if_body_matches": ""}, "services[0].fail_if_body_matches: found '' (empty: it matches every text)."),
        ({"ip_version": 6, "target": "10.0.0.1:80"}, "services[0].ip_version: found 6 with target 10.0.0.1:80."),
        ({"expected_status": []}, "services[0].expected_status: found an empty list."),
        ({"expected_status": True}, "services[0].expected_status: found true. Allowed: a status from 200 to 599, a"),
        ({"expected_status": [200, "6xx"]}, "services[0].expected_status: found '6xx'."),
        ({"method": "get"}, "services[0].method: found 'get'. Allowed: DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT."),
        ({"body": "x"}, "services[0].body: found it with method GET. Allowed: it with method POST or PUT or"),
        (
            {"method": "HEAD", "fail_if_body_not_matches": "x"},
            "services[0].fail_if_body_not_matches: found it with method HEAD. Allowed: it with another method.",
        ),
        (
            {"follow_redirects": True, "expected_status": "3xx"},
            "services[0].follow_redirects: found true with an expected_status of 3xx.",
        ),
        (
            {"headers": {"Authorization": "x"}},
            "services[0].headers.Authorization: found 'Authorization'. Allowed: another header. Say",
        ),
        (
            {"headers": {"Content-Length": "1"}},
            "services[0].headers.Content-Length: found 'Content-Length', which the blackbox exporter",
        ),
        ({"headers": {"a b": "1"}}, "services[0].headers.a b: found 'a b'. Allowed: the name of a header"),
        ({"headers": {"A": "1", "a": "2"}}, "services[0].headers: found A and a. Allowed: each header once"),
        (
            {"bearer_token": "shopToken", "basic_auth": {"username": "a", "password": "shopToken"}},
            "services[0].bearer_token: found bearer_token beside basic_auth.",
        ),
        ({"tls": {"insecure": True}}, "services[0].tls: found it with protocol http. Allowed: it with https or tls or"),
        ({"protocol": "tcp", "proxy": "http://proxy:3128"}, "services[0].proxy: found it with protocol tcp."),
        ({"protocol": "grpc", "ip_version": 6}, "services[0].ip_version: found it with protocol grpc."),
        (
            {"protocol": "grpc", "target": "[::1]:50051"},
            "services[0].target: found '[::1]:50051'. Allowed: the name of",
        ),
        ({"grpc_service": "shop"}, "services[0].grpc_service: found it with protocol http. Allowed: it with grpc or"),
        (
            {"protocol": "icmp"},
            "services[0].target: found 'shop.example.com:443'. Allowed: a host alone. A ping has no",
        ),
        ({"protocol": "icmp", "target": "a..b"}, "services[0].target: found 'a..b'. Allowed: the name of a host, or"),
        (
            {"target": "shop.example.com"},
            "services[0].target: found 'shop.example.com'. Allowed: host:port with a port",
        ),
        (
            {"target": "http://shop:80/x"},
            "services[0].target: found 'http://shop:80/x'. Allowed: host:port with a port",
        ),
        ({"target": "a..b:80"}, "services[0].target: found 'a..b:80'. Allowed: host:port with the name of a host, or"),
        ({"target": "[::1]:80", "ip_version": 4}, "services[0].ip_version: found 4 with target [::1]:80."),
        (
            {"headers": {"accept-encoding": "gzip"}, "fail_if_body_not_matches": "well"},
            "services[0].fail_if_body_not_matches: found it with the header Accept-Encoding. Allowed: it without that",
        ),
        ({"timeout": "15s"}, "services[0].timeout: found '15s'. Allowed: a duration below its interval, 15s. The next"),
        (
            {"timeout": "9s", "scrape_timeout": "9s"},
            "services[0].timeout: found 9s. Allowed: less than scrape_timeout,",
        ),
    ],
)
def test_mistakes_name_the_key_and_what_is_allowed(change: dict[str, object], expected: str) -> None:
    (found,) = mistakes_in({**ENTRY, **change})
    assert found.startswith(expected)
