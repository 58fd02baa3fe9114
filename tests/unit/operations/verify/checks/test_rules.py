"""Rows about rules: all that are declared are loaded, and all are evaluated without error."""

from __future__ import annotations

from operations.verify.rows import not_yet
from tests.unit.operations.verify.world import World, group, rule_files, rules_of


def test_rules_are_counted(world: World) -> None:
    files = {path: len(rules_of(text)) for path, text in rule_files(world).items() if rules_of(text)}
    count = sum(files.values())
    assert world.row("rules loaded").detail == f"{count} rules from {len(files)} files"
    assert world.row("rules evaluated").detail == f"{count} rules, none with an error"


def test_a_rule_that_is_not_loaded(world: World) -> None:
    declared = next(item for item in world.groups if item["file"].endswith("generated-jobs.rules.yml"))
    count = len(declared["rules"])
    declared["rules"].pop()
    assert world.failures() == {
        "rules loaded": f"other rules than declared: generated-jobs.rules.yml ({count - 1} loaded, {count} declared):"
        " docker logs monitoring-test-prometheus says why Prometheus keeps them; then run make up STACK=test."
    }


def test_a_rule_file_nobody_declared(world: World) -> None:
    world.groups.append(group("rules/mine.rules.yml", "groups: [{name: a, rules: [{alert: Mine, expr: '1'}]}]"))
    assert "mine.rules.yml (1 loaded, 0 declared)" in world.failures()["rules loaded"]


def test_a_rule_with_an_error(world: World) -> None:
    declared = next(item for item in world.groups if item["file"].endswith("generated-jobs.rules.yml"))
    declared["rules"][0] |= {"health": "err", "lastError": "many-to-many matching\nnot allowed"}
    assert world.failures() == {
        "rules evaluated": "1 rule with an error, first job:declared:info of generated-jobs.rules.yml:"
        " correct it (many-to-many matching not allowed)."
    }


def test_rules_not_evaluated_yet(world: World) -> None:
    world.groups[0]["rules"][0]["health"] = "unknown"
    detail = "1 rule not evaluated yet: wait for prometheus.evaluation_interval."
    assert world.row("rules evaluated") == not_yet("rules evaluated", detail)


def test_no_rule_at_all_is_nothing_evaluated(world: World) -> None:
    world.groups = []
    assert world.row("rules evaluated") == not_yet(
        "rules evaluated", "there is no rule to evaluate: wait for prometheus.evaluation_interval."
    )
