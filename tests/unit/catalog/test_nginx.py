"""Kind nginx: the exporter and the page that it reads."""

from __future__ import annotations

from catalog.nginx import KIND
from catalog.plan import Exporter, ScrapeJob
from tests.plans import mistakes_in, plan_of

LABELS = {"service": "front", "kind": "nginx", "owner": "web"}
ENTRY = {"name": "front", "kind": "nginx", "owner": "web", "target": "front:8080"}


def test_nginx_is_watched_by_its_exporter() -> None:
    plan = plan_of(ENTRY)
    assert plan.exporters == (
        Exporter(
            name="nginx-exporter-front",
            image="nginx-exporter",
            port=9113,
            service="front",
            args=("--nginx.scrape-uri=http://front:8080/stub_status",),
            env={"SSL_VERIFY": "true"},
        ),
    )
    assert plan.scrape_jobs == (ScrapeJob("front", ("nginx-exporter-front:9113",), LABELS),)


def test_the_page_can_be_elsewhere_and_encrypted() -> None:
    entry = {**ENTRY, "protocol": "https", "path": "/status", "verify_certificate": False, "scrape_interval": "30s"}
    plan = plan_of(entry)
    (exporter,), (job,) = plan.exporters, plan.scrape_jobs
    assert exporter.args == ("--nginx.scrape-uri=https://front:8080/status",)
    assert exporter.env == {"SSL_VERIFY": "false"}
    assert job.interval == "30s"


def test_every_mistake_is_named_with_what_is_allowed() -> None:
    entry = {**ENTRY, "protocol": "ftp", "path": "status", "verify_certificate": "no"}
    assert mistakes_in(entry) == [
        "services[0].protocol: found 'ftp'. Allowed: http, https.",
        "services[0].path: found 'status'. Allowed: a path that starts with /, without blanks.",
        "services[0].verify_certificate: found 'no'. Allowed: true or false.",
    ]


def test_it_has_no_errors_to_be_judged_by_so_only_its_own_alerts() -> None:
    assert KIND.rules == ("nginx",)


def test_nothing_is_said_of_a_certificate_that_is_not_there() -> None:
    assert mistakes_in({**ENTRY, "verify_certificate": False}) == [
        "services[0].verify_certificate: found it with protocol http. Allowed: it with https."
    ]
