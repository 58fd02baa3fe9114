"""Kind probe: what the blackbox exporter is asked, and the modules that one probe alone needs."""

from __future__ import annotations

import pytest
import yaml

from catalog.plan import ScrapeJob
from components.exporters import blackbox_workload
from tests.plans import mistakes_in, plan_of

LABELS = {"service": "uptime", "kind": "probe", "owner": "unowned"}
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
    ],
)
def test_mistakes_name_the_key_and_what_is_allowed(change: dict[str, object], expected: str) -> None:
    (found,) = mistakes_in({**ENTRY, **change})
    assert found.startswith(expected)
