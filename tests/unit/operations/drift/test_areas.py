"""What running programs say of themselves, compared with what their files say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from operations.drift.areas import alertmanager, areas_of, prometheus, rules, stack_file
from operations.drift.stack import DriftingStack
from runtimes.drift import Compared, Difference
from runtimes.health import NoAnswerError, NoWayError
from settings.stackfile import PROJECT
from tests.unit.operations.drift.running import Running, load


def differences(running: Running, compare: Callable[[DriftingStack], Compared]) -> list[Difference]:
    with running.stack() as stack:
        return list(compare(stack).differences)


def only(running: Running, compare: Callable[[DriftingStack], Compared]) -> Difference:
    (found,) = differences(running, compare)
    return found


def test_every_area_has_a_name_of_its_own(running: Running) -> None:
    with running.stack() as stack:
        names = [area.name for area in areas_of(stack)]
    assert len(names) == len(set(names)) == 6


def test_programs_that_run_with_what_their_files_say_do_not_differ(running: Running) -> None:
    with running.stack() as stack:
        counts = [area.compare(stack) for area in (prometheus, rules, alertmanager)]
    assert [found.differences for found in counts] == [(), (), ()]
    assert all(found.count for found in counts)


def test_a_target_that_prometheus_does_not_scrape(running: Running) -> None:
    document = running.prometheus
    (gone, *kept) = document["scrape_configs"]
    running.prometheus = {**document, "scrape_configs": kept}
    found = only(running, prometheus.compare)
    assert (found.kind, found.name) == ("Prometheus setting changed", "scrape_configs")
    assert (found.lines[0], found.lines[2]) == (f"scrape_configs[{gone['job_name']}]:", "+ nothing")


def test_a_target_that_nobody_declared(running: Running) -> None:
    document = running.prometheus
    running.prometheus = {**document, "scrape_configs": [*document["scrape_configs"], {"job_name": "mine"}]}
    assert only(running, prometheus.compare).lines == (
        "scrape_configs[mine]:",
        "- nothing",
        '+ {"job_name": "mine"}',
    )


def test_a_section_that_nobody_declared(running: Running) -> None:
    running.prometheus = {**running.prometheus, "remote_write": [{"url": "http://elsewhere"}]}
    found = only(running, prometheus.compare)
    assert (found.kind, found.name) == ("Prometheus setting extra", "remote_write")


def test_what_prometheus_fills_in_is_no_difference_and_what_it_changes_is(running: Running) -> None:
    document = running.prometheus
    for job in document["scrape_configs"]:
        job["honor_timestamps"] = True
    document["global"]["scrape_interval"] = "17s"
    running.prometheus = document
    found = only(running, prometheus.compare)
    assert found.lines == ("global.scrape_interval:", "- 15s", "+ 17s")
    assert found.mend == (
        "make up STACK=test; if it says that nothing has to change, start prometheus again"
        " (docker logs monitoring-test-prometheus says why it keeps others)"
    )


def test_a_rule_that_is_gone_one_that_nobody_declared_and_one_that_was_changed(running: Running) -> None:
    group = next(found for found in running.answers["/api/v1/rules"]["data"]["groups"] if "http.rules" in found["file"])
    (gone, changed, *_) = [rule for rule in group["rules"] if rule["type"] == "alerting"]
    group["rules"].remove(gone)
    group["rules"].append({"name": "Mine", "type": "alerting", "query": "up == 0"})
    changed["duration"] += 60
    changed["labels"] = {**changed["labels"], "severity": "none"}
    found = {(item.kind, item.name): item.lines for item in differences(running, rules.compare)}
    file = "http.rules.yml"
    assert found.keys() == {
        ("rule missing", f"{gone['name']} of {file}"),
        ("rule extra", f"Mine of {file}"),
        ("rule changed", f"{changed['name']} of {file}"),
    }
    assert found["rule extra", f"Mine of {file}"] == ("+ up{} == 0",)
    assert {"for:", "labels.severity:", "+ none"} <= set(found["rule changed", f"{changed['name']} of {file}"])


def test_a_rule_with_another_expression(running: Running) -> None:
    rule = next(rule for rule in running.rules if rule["type"] == "recording")
    rule["query"] = "vector(1)"
    found = only(running, rules.compare)
    assert (found.kind, found.lines[0], found.lines[2]) == ("rule changed", "expr:", "+ vector(1)")


def test_an_alertmanager_that_tells_somebody_else(running: Running) -> None:
    document = running.alertmanager
    document["route"]["receiver"] = "nobody"
    document["inhibit_rules"] = document["inhibit_rules"][1:]
    running.alertmanager = document
    found = {item.name: item for item in differences(running, alertmanager.compare)}
    assert found.keys() == {"route", "inhibit_rules"}
    assert found["route"].kind == "Alertmanager setting changed"
    assert {"route.receiver:", "+ nobody"} <= set(found["route"].lines)


def test_matchers_in_another_order_are_no_difference_and_hidden_secrets_neither(running: Running) -> None:
    document = running.alertmanager
    for rule in document["inhibit_rules"]:
        rule["target_matchers"] = rule["target_matchers"][::-1]
    for receiver in document["receivers"]:
        for hook in receiver.get("webhook_configs", []):
            hook["url"] = "<secret>"
    running.alertmanager = document
    assert differences(running, alertmanager.compare) == []


def test_where_grafana_routes_alerts_alertmanager_is_left_out_by_name(tmp_path: Path) -> None:
    images = {"source": "built", "overrides": {"grafana": "grafana:test"}}
    grafana = {"url": "http://grafana.example.com", "alerting": "managed", "content": "provider"}
    running = Running(load(tmp_path, images=images, grafana=grafana))
    with running.stack() as stack, pytest.raises(NoWayError, match=r"^Grafana routes alerts in this stack"):
        alertmanager.compare(stack)


def test_a_program_that_does_not_answer_is_no_difference(running: Running) -> None:
    running.answers.clear()
    with running.stack() as stack, pytest.raises(NoAnswerError, match=r"^prometheus answers 503"):
        rules.compare(stack)


PAGER: dict[str, Any] = {
    "receivers": {"pager": {"pagerduty": {"routing_key": "pagerKey"}}},
    "alerting": {"default": "pager"},
    "pagerKey": {"secure": "v1:old"},
}


def test_a_setting_that_was_changed_and_not_brought_up(tmp_path: Path) -> None:
    load(tmp_path, **PAGER).keep_settings()
    wanted = load(tmp_path, services=[{"name": "web", "kind": "http", "target": "web:1"}], retention={"metrics": "40d"})
    found = {item.name: item.lines for item in differences(Running(wanted), stack_file.compare)}
    keys = ("services", "retention", "receivers", "alerting", "pagerKey")
    assert found.keys() == {f"{PROJECT}:{key}" for key in keys}
    assert found[f"{PROJECT}:retention"] == (f"{PROJECT}:retention:", '- {"metrics": "40d"}', "+ nothing")
    assert found[f"{PROJECT}:pagerKey"] == (f"{PROJECT}:pagerKey:", "- nothing", "+ a secret")


def test_where_images_come_from_and_a_secret_that_was_encrypted_anew_are_no_change(tmp_path: Path) -> None:
    load(tmp_path, **PAGER).keep_settings()
    wanted = load(tmp_path, **{**PAGER, "images": {}, "pagerKey": {"secure": "v1:new"}})
    assert differences(Running(wanted), stack_file.compare) == []


def test_a_stack_whose_settings_were_never_kept(tmp_path: Path) -> None:
    running = Running(load(tmp_path))
    with running.stack() as stack, pytest.raises(NoWayError, match=r"^no command of this project has kept"):
        stack_file.compare(stack)
