"""Who fails with whom."""

from __future__ import annotations

from collections.abc import Mapping

from alerting.relations import Relations
from tests.plans import plan_of

Entry = Mapping[str, object]


def api(name: str, target: str = "", **more: object) -> Entry:
    return {"name": name, "kind": "fastapi", "target": target or f"{name}:8000", **more}


def probe(name: str, target: str, **more: object) -> Entry:
    return {"name": name, "kind": "probe", "target": target, **more}


def host(name: str, target: str) -> Entry:
    return {"name": name, "kind": "host", "target": target}


def relations(*services: Entry, **sections: object) -> Relations:
    return Relations(plan_of(*services, **sections))


def test_dependents_are_those_that_depend_on_it_directly_or_through_others() -> None:
    found = relations(
        api("front", depends_on=["middle"]), api("middle", depends_on=["back"]), api("back"), api("other")
    )
    assert found.dependents("back") == ("front", "middle")
    assert found.dependents("front") == ()


def test_what_only_looks_at_a_service_does_not_need_it() -> None:
    found = relations(
        api("front", depends_on=["back"]),
        api("back"),
        probe("seen", "back:8000"),
        {"name": "lookups", "kind": "cache", "metrics_from": "back"},
    )
    assert found.dependents("back") == ("front", "lookups", "seen")
    assert found.needed_by == {"back": ("front",)}


def test_a_probe_depends_on_the_service_at_its_address() -> None:
    found = relations(api("one", "10.0.0.5:8000"), api("two", "10.0.0.5:9000"), probe("seen", "10.0.0.5:9000"))
    assert (found.dependents("one"), found.dependents("two")) == ((), ("seen",))
    assert (found.probes("one"), found.probes("two")) == ((), ("seen",))


def test_a_probe_of_another_port_depends_on_the_only_service_at_that_host() -> None:
    alone = relations(api("one"), probe("seen", "one:80"))
    assert alone.dependents("one") == ("seen",)
    shared = relations(api("one", "10.0.0.5:8000"), api("two", "10.0.0.5:9000"), probe("seen", "10.0.0.5:80"))
    assert (shared.dependents("one"), shared.dependents("two")) == ((), ())


def test_a_probe_does_not_depend_on_the_prober_that_stands_at_its_host() -> None:
    found = relations({"name": "office", "kind": "prober", "target": "office:9115"}, probe("seen", "office:80"))
    assert found.dependents("office") == ()


def test_workers_depend_on_the_broker_that_they_name() -> None:
    cache = {"name": "cache", "kind": "redis", "target": "cache:6379"}
    tasks = {"name": "tasks", "kind": "celery", "target": "cache:6379", "queues": ["mail"]}
    found = relations(cache, tasks)
    assert (found.dependents("cache"), found.dependents("tasks")) == (("tasks",), ())


def test_series_from_another_scrape_fail_with_it() -> None:
    found = relations(api("api"), {"name": "lookups", "kind": "cache", "metrics_from": "api"})
    assert found.dependents("api") == ("lookups",)


def test_what_is_said_wins_over_what_addresses_say() -> None:
    """A service that depends on its own probe would otherwise silence it while it silences the service."""
    found = relations(api("api", depends_on=["seen"]), probe("seen", "api:8000"))
    assert (found.dependents("seen"), found.dependents("api")) == (("api",), ())


def test_services_at_a_hosts_address_run_on_it_and_so_does_what_says_so() -> None:
    found = relations(
        host("left", "10.0.0.1:9100"),
        host("right", "10.0.0.2:9100"),
        api("here", "10.0.0.1:8000"),
        api("there", "there:8000", runs_on="right"),
        api("moved", "10.0.0.1:9000", runs_on="right"),
        api("caller", depends_on=["there"]),
    )
    assert found.dependents("left") == ("here",)
    assert found.dependents("right") == ("caller", "moved", "there")


def test_containers_without_a_target_run_on_the_stacks_own_machine_where_that_is_one() -> None:
    containers = {"name": "sidecars", "kind": "container", "containers": ["mailer"]}
    own = relations(containers)
    assert (own.dependents("node-exporter"), own.own_containers) == (("sidecars",), ("sidecars",))
    assert relations(containers, runtime="kubernetes").dependents("node-exporter") == ()
    elsewhere = relations({**containers, "target": "10.0.0.1:8080"}, host("left", "10.0.0.1:9100"))
    assert (elsewhere.dependents("left"), elsewhere.own_containers) == (("sidecars",), ())


def test_an_exporter_or_a_probe_speaks_for_a_service_but_is_not_it() -> None:
    entries = (
        api("api"),
        {"name": "found", "kind": "fastapi", "discover": {"dns": {"host": "found", "port": 80}}},
        {"name": "cache", "kind": "redis", "target": "cache:6379"},
        {"name": "graph", "kind": "neo4j", "target": "graph:7687", "edition": "community"},
        {"name": "lookups", "kind": "cache", "metrics_from": "api"},
        {"name": "sidecars", "kind": "container", "containers": ["cron"], "target": "10.0.0.1:8080"},
        probe("seen", "api:8000"),
    )
    found = relations(*entries)
    assert {each.name for each in found.services if found.is_asked_itself(each)} == {"api", "found"}
    assert found.probers == {"graph": {"blackbox-exporter"}, "seen": {"blackbox-exporter"}}


def test_several_probers_may_speak_for_a_service() -> None:
    office = {"name": "office", "kind": "prober", "target": "office:9115"}
    found = relations(office, probe("seen", "api:8000", probers=["blackbox-exporter", "office"]))
    assert found.probers == {"seen": {"blackbox-exporter", "office"}}
    assert found.further_jobs == ("seen/office",)
    assert {each.name for each in found.services if found.is_asked_itself(each)} == {"office"}


def test_jobs_beside_a_services_own_are_told_apart() -> None:
    kafka = {"name": "bus", "kind": "kafka", "target": "bus:9092", "broker_metrics": ["bus:7071"]}
    assert relations(kafka, api("api")).further_jobs == ("bus/brokers",)
