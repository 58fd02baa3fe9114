"""Rows about targets: every declared job has its own, all are up, and there are no others."""

from __future__ import annotations

from pathlib import Path

from operations.verify.rows import not_yet, passed
from tests.unit.operations.verify.world import NOW, SERVICES, World, at, declare, scrape_configs, target, world_of


def test_one_row_for_each_job(world: World) -> None:
    rows = [row for row in world.rows() if row.name.startswith("target ")]
    assert {row.name for row in rows} >= {
        "target memory-api",
        "target memory-db",
        "target memory-uptime",
        "target memory-traffic",
        "target prometheus",
        "target collector-agent",
    }
    assert {row.detail for row in rows} == {"1 target up"}
    assert world.row("no other targets") == passed("no other targets", f"{len(rows)} jobs, all declared")


def test_a_target_that_is_down(world: World) -> None:
    found = next(item for item in world.targets if item["scrapePool"] == "memory-api")
    found |= {"health": "down", "lastError": "dial tcp: lookup memory-api: no such host"}
    assert world.failures() == {
        "target memory-api": "memory-api:1 is down (dial tcp: lookup memory-api: no such host):"
        " see that it runs and that Prometheus can reach it."
    }


def test_a_target_not_scraped_yet(world: World) -> None:
    world.targets[0] |= {"health": "unknown"}
    job = world.targets[0]["scrapePool"]
    row = world.row(f"target {job}")
    assert row == not_yet(row.name, f"{job}:1 was not scraped yet: wait for its first scrape.")


def test_a_declared_job_without_a_target(world: World) -> None:
    world.targets = [item for item in world.targets if item["scrapePool"] != "alertmanager"]
    assert world.failures() == {"target alertmanager": "Prometheus has 0 of 1 target: run make up STACK=test."}


def test_discovered_targets_are_all_up_however_many_and_none_is_a_failure(tmp_path: Path) -> None:
    service = {"name": "web", "kind": "http", "discover": {"dns": {"host": "web", "port": 80}}}
    world = world_of(declare(tmp_path, services=[*SERVICES, service]))
    world.targets.append(target("web"))
    assert world.row("target web") == passed("target web", "2 targets discovered, all up")
    world.targets = [item for item in world.targets if item["scrapePool"] != "web"]
    assert world.failures() == {
        "target web": "nothing is discovered: see that `discover` of web says what its targets have."
    }


def test_a_job_nobody_declared(world: World) -> None:
    world.targets.append(target("stranger"))
    assert world.failures() == {
        "no other targets": "nobody declared stranger: run make up STACK=test, which loads what is declared."
    }


def test_an_exporter_whose_service_is_down(world: World) -> None:
    world.services_down = ["memory-db"]
    assert world.failures() == {
        "target memory-db": "its exporter or probe answers, but memory-db does not (service:up is 0):"
        " see that it runs, and its address and password."
    }


def test_prometheus_does_not_answer(world: World) -> None:
    world.silent_ports = {9090}
    sentence = (
        "prometheus does not answer at http://127.0.0.1:9090 (ConnectError):"
        " docker logs monitoring-test-prometheus says more."
    )
    failures = world.failures()
    jobs = {f"target {job['job_name']}" for job in scrape_configs(world)}
    names = {
        *jobs,
        "no other targets",
        "rules loaded",
        "rules evaluated",
        "latency limits",
        "spans memory-api",
        "heartbeat fires",
    }
    of_dashboards = {name for name in failures if name.startswith("dashboard")}
    assert "dashboards" in of_dashboards
    assert failures.keys() == names | of_dashboards | {"login prometheus"}
    assert {sentence} == {told for name, told in failures.items() if name not in of_dashboards}
    assert all(sentence.partition(":")[0] in failures[name] for name in of_dashboards)


def test_an_exporter_that_loses_its_service_is_told_apart_from_one_that_is_down(world: World) -> None:
    world.services_down = ["memory-db"]
    found = next(item for item in world.targets if item["scrapePool"] == "memory-db")
    found |= {"health": "down", "lastError": "refused"}
    assert world.failures() == {
        "target memory-db": "memory-db:1 is down (refused): see that it runs and that Prometheus can reach it."
    }


def anew(world: World, *, started: float, scraped: float, judged: float) -> str:
    """What is told of the database whose exporter was made anew so many seconds ago."""
    exporter = "postgres-exporter-memory-db"
    world.containers[exporter]["State"]["StartedAt"] = at(NOW - started)
    found = next(item for item in world.targets if item["scrapePool"] == "memory-db")
    found |= {"scrapeUrl": f"http://{exporter}:9187/metrics", "lastScrape": at(NOW - scraped)}
    world.judged["memory-db"] = NOW - judged
    return world.row("target memory-db").detail


def test_a_scrape_of_before_an_exporter_was_made_anew_says_nothing_of_its_new_address(world: World) -> None:
    told = "memory-db:1 was not scraped since postgres-exporter-memory-db started: wait for its next scrape."
    assert anew(world, started=5, scraped=8, judged=2) == told


def test_neither_does_what_rules_made_of_such_a_scrape(world: World) -> None:
    told = "nobody has judged memory-db since postgres-exporter-memory-db started: wait for the next evaluation of its"
    assert anew(world, started=9, scraped=3, judged=6) == f"{told} rules."


def test_scrapes_go_on_after_the_one_that_was_judged(world: World) -> None:
    assert anew(world, started=40, scraped=1, judged=8) == "1 target up"
