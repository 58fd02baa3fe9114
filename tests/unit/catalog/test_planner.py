"""The catalogue: what one entry of the service list adds to the plan, kind by kind."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

import catalog
from catalog import kinds
from catalog.kind import COMPONENT_KIND
from catalog.plan import ScrapeJob
from references.schema import stack_schema
from tests.plans import plan_of, smallest_entry
from tests.unit.catalog.planned import labels, recorded


def test_every_recorded_series_carries_the_labels_that_alerts_and_dashboards_read() -> None:
    plan = plan_of(
        {"name": "api", "kind": "http", "target": "api:80", "owner": "shop"},
        {"name": "db", "kind": "postgres", "target": "db:5432", "owner": "shop", "password": "dbPassword"},
    )
    rules = [(name, rule) for name, rules in plan.recording_rules.items() for rule in rules]
    assert {name for name, _ in rules} == {"api", "db"}
    for name, rule in rules:
        own = labels(name, {"api": "http", "db": "postgres"}[name], "shop")
        assert rule.labels.items() >= own.items(), rule.record


def test_every_service_of_every_kind_says_once_whether_it_is_up() -> None:
    entries = [smallest_entry(kind) for kind in kinds().values()]
    for service, rules in plan_of(*entries).recording_rules.items():
        assert [rule.record for rule in rules].count("service:up") == 1, service


def test_another_host_is_scraped_where_its_node_exporter_is() -> None:
    plan = plan_of({"name": "worker-1", "kind": "host", "target": "10.0.0.7:9100"})
    assert plan.scrape_jobs == (ScrapeJob("worker-1", ("10.0.0.7:9100",), labels("worker-1", "host")),)


def test_a_plan_keeps_the_order_of_the_list_and_bounds_what_a_target_may_send() -> None:
    plan = plan_of(
        {"name": "zebra", "kind": "host", "target": "zebra:9100"},
        {"name": "api", "kind": "http", "target": "api:80"},
    )
    assert [job.name for job in plan.scrape_jobs] == ["zebra", "api"]
    assert {(job.limits.series, job.limits.body) for job in plan.scrape_jobs} == {(20_000, "16Mi")}


def test_the_environment_is_the_stack_unless_the_settings_name_another() -> None:
    host: dict[str, object] = {"name": "worker", "kind": "host", "target": "worker:9100"}
    assert plan_of(host).environment == "test"
    assert plan_of(host, environment="staging").environment == "staging"


def test_no_kind_has_the_name_that_marks_the_stacks_own_components() -> None:
    assert COMPONENT_KIND not in kinds()
    assert {name: kind.name for name, kind in kinds().items()} == {name: name for name in kinds()}


MADE_UP_KIND = '''
    """Kettles, for a test."""

    from typing import Literal

    from pydantic import Field

    from catalog.kind import Kind, service_labels
    from catalog.plan import Contribution, Exporter, RecordingRule, ScrapeJob
    from settings.service import TargetService


    class KettleService(TargetService):
        """A kettle."""

        kind: Literal["kettle"]
        litres: float = Field(gt=0, description="What it holds.")


    def _contribute(service: KettleService) -> Contribution:
        exporter = Exporter(f"kettle-exporter-{service.name}", "node-exporter", 9999, service.name)
        return Contribution(
            scrape_jobs=(ScrapeJob(service.name, (f"{exporter.name}:9999",), service_labels(service)),),
            exporters=(exporter,),
            recording_rules=(RecordingRule("service:litres:max", f"vector({service.litres})"),),
        )


    KIND = Kind("kettle", KettleService, _contribute)
    '''


@pytest.fixture
def kettle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One more module in the catalogue's package, and nothing else."""
    (tmp_path / "kettle.py").write_text(dedent(MADE_UP_KIND), encoding="utf-8")
    monkeypatch.setattr(catalog, "__path__", [*catalog.__path__, str(tmp_path)])
    kinds.cache_clear()
    yield
    kinds.cache_clear()
    sys.modules.pop("catalog.kettle", None)
    if hasattr(catalog, "kettle"):
        del catalog.kettle


@pytest.mark.usefixtures("kettle")
def test_a_new_kind_is_one_new_module() -> None:
    plan = plan_of({"name": "tea", "kind": "kettle", "target": "tea:80", "litres": 1.5})
    assert plan.scrape_jobs == (ScrapeJob("tea", ("kettle-exporter-tea:9999",), labels("tea", "kettle")),)
    assert [exporter.name for exporter in plan.exporters] == ["kettle-exporter-tea"]
    assert recorded(plan, "tea") == {
        "service:declared:info": "vector(1)",
        "service:litres:max": "vector(1.5)",
        "service:up": 'max(up{service="tea"})',
    }
    assert "KettleService" in stack_schema()["$defs"]


@pytest.mark.usefixtures("kettle")
def test_mistakes_in_an_entry_of_a_new_kind_are_reported_like_all_others() -> None:
    with pytest.raises(Exception, match=r"services\[0\]\.litres: found 0\. Allowed: a number above 0\."):
        plan_of({"name": "tea", "kind": "kettle", "target": "tea:80", "litres": 0})


def test_a_new_kind_is_gone_with_its_module() -> None:
    assert "kettle" not in kinds()


def test_what_a_service_depends_on_is_a_series_for_each() -> None:
    plan = plan_of(
        {"name": "api", "kind": "http", "target": "api:80", "owner": "shop", "depends_on": ["db", "cache"]},
        {"name": "db", "kind": "redis", "target": "db:6379"},
        {"name": "cache", "kind": "redis", "target": "cache:6379"},
    )
    found = [rule for rule in plan.recording_rules["api"] if rule.record == "service:depends_on:info"]
    assert [rule.labels for rule in found] == [
        {"service": "api", "kind": "http", "owner": "shop", "dependency": name} for name in ("cache", "db")
    ]
    assert {rule.expr for rule in found} == {"vector(1)"}


def test_the_dashboard_of_objectives_is_had_where_there_is_one() -> None:
    api: dict[str, object] = {"name": "api", "kind": "http", "target": "api:80"}
    assert "slo" not in plan_of(api).dashboards
    assert "slo" in plan_of({**api, "slo": {"availability": 0.99}}).dashboards
