"""Kind prober: who asks for probes, from where, and by what way Prometheus reaches them."""

from __future__ import annotations

from catalog.plan import ScrapeJob
from components.prometheus import prometheus_workload
from settings.access import Access, Login
from tests.conftest import PLACE
from tests.plans import document_of, mistakes_in, plan_of
from tests.unit.catalog.planned import labels

LOGIN = {"username": "probes", "password": "officePassword"}
OFFICE: dict[str, object] = {
    "name": "office",
    "kind": "prober",
    "target": "blackbox.office.example:9115",
    "scheme": "https",
    "basic_auth": LOGIN,
}
PROBE: dict[str, object] = {"name": "shop", "kind": "probe", "target": "shop.example:80", "owner": "web"}
ACCESS = Access(scheme="https", basic_auth=Login(**LOGIN))
BOTH = ["blackbox-exporter", "office"]


def test_a_prober_is_scraped_itself_so_that_its_absence_is_told_once() -> None:
    (job,) = plan_of(OFFICE).scrape_jobs
    assert job == ScrapeJob("office", ("blackbox.office.example:9115",), labels("office", "prober"), access=ACCESS)


def test_every_prober_asks_by_a_job_of_its_own_under_its_name() -> None:
    own, other = plan_of({**PROBE, "probers": BOTH, "timeout": "12s"}, OFFICE).scrape_jobs[:2]
    assert (own.name, own.exporter, own.access) == ("shop", None, Access())
    assert (other.name, other.exporter, other.access) == ("shop/office", "blackbox.office.example:9115", ACCESS)
    assert own.labels == {**labels("shop", "probe", "web"), "prober": "blackbox-exporter"}
    assert other.labels == {**own.labels, "prober": "office"}
    assert (own.targets, own.probe_module, own.timeout) == (other.targets, other.probe_module, other.timeout)
    assert other.timeout == "13s"


def test_without_a_word_the_stacks_own_prober_asks_alone() -> None:
    probes = [job for job in plan_of(PROBE, OFFICE).scrape_jobs if job.probe_module]
    assert [(job.name, job.exporter, job.labels["prober"]) for job in probes] == [("shop", None, "blackbox-exporter")]


def test_the_first_prober_has_the_services_own_job() -> None:
    (job, _) = plan_of({**PROBE, "probers": ["office"]}, OFFICE).scrape_jobs
    assert (job.name, job.exporter) == ("shop", "blackbox.office.example:9115")


def test_prometheus_asks_a_prober_elsewhere_as_it_wants_to_be_asked() -> None:
    workload = prometheus_workload(plan_of({**PROBE, "probers": BOTH}, OFFICE), PLACE, [])
    scrapes = {job["job_name"]: job for job in document_of(workload, "prometheus.yml")["scrape_configs"]}
    other = scrapes["shop/office"]
    assert (other["metrics_path"], other["params"], other["scheme"]) == ("/probe", {"module": ["http"]}, "https")
    assert other["basic_auth"] == {"username": "probes", "password_file": "/run/secrets/officePassword"}
    assert other["relabel_configs"][-1] == {
        "target_label": "__address__",
        "replacement": "blackbox.office.example:9115",
    }
    assert "basic_auth" not in scrapes["shop"]
    assert "officePassword" in workload.secrets


def test_what_a_prober_asks_for_is_checked_as_of_any_service() -> None:
    tls = {"certificate": "officeCertificate"}
    assert mistakes_in({**PROBE, "probers": BOTH}, {**OFFICE, "tls": tls}) == [
        "services[1].tls.key: found certificate without key. Allowed: both or none. Add key."
    ]
    (sentence,) = mistakes_in({**PROBE, "probers": BOTH}, {**OFFICE, "discover": {"dns": {"host": "x", "port": 1}}})
    assert sentence.startswith("services[1].discover: found")


def test_a_module_that_others_need_is_called_by_what_it_says() -> None:
    def module(**said: object) -> str:
        first, *_ = plan_of({**PROBE, **said}, OFFICE).scrape_jobs
        return str(first.probe_module)

    here = module(timeout="3s")
    there = module(timeout="3s", probers=BOTH)
    changed = module(timeout="4s", probers=BOTH)
    assert here == "http-shop"
    assert there != changed
    assert {name.rpartition("-")[0] for name in (there, changed)} == {here}
    assert module(timeout="3s", probers=["office"]) == there
    # Nobody has to bring that one anywhere.
    assert module(probers=BOTH) == "http"
