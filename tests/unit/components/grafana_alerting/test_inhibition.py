"""Every inhibition of the plan as Grafana has it."""

from __future__ import annotations

import re

import pulumiverse_grafana as grafana

from alerting.inhibition import edges, inhibit_rules
from components.grafana_alerting.inhibition import inhibition_rules
from tests.conftest import Deployment
from tests.plans import plan_of
from tests.unit.alerting import routed

INHIBITION = "grafana:alerting/v1beta1/notificationsInhibitionRule:NotificationsInhibitionRule"


def test_every_edge_is_an_inhibition_rule(managed: Deployment) -> None:
    found = managed.of(INHIBITION).values()
    written = [
        {
            "source_matchers": [_text(matcher) for matcher in rule.inputs["spec"]["sourceMatchers"]],
            "target_matchers": [_text(matcher) for matcher in rule.inputs["spec"]["targetMatchers"]],
            "equal": rule.inputs["spec"]["equals"],
        }
        for rule in found
    ]
    expected = [
        {key: value for key, value in rule.items() if key != "name"} for rule in inhibit_rules(managed.program.plan)
    ]
    assert len(expected) > 40
    assert sorted(written, key=str) == sorted(expected, key=str)


def _text(matcher: dict[str, str]) -> str:
    return f'{matcher["label"]}{matcher["type"]}"{matcher["value"]}"'


def test_uids_are_short_and_stay_when_other_edges_come(managed: Deployment) -> None:
    uids = [rule.inputs["metadata"]["uid"] for rule in managed.of(INHIBITION).values()]
    assert len(set(uids)) == len(uids)
    assert [uid for uid in uids if not re.fullmatch(r"[a-z0-9-]{1,40}", uid)] == []
    few, more = (
        {str(spec): uid for uid, spec in inhibition_rules(plan_of(*services)).items()}
        for services in (routed.SERVICES[:2], [{**routed.SERVICES[0], "depends_on": ["stray"]}, *routed.SERVICES[1:]])
    )
    common = few.keys() & more.keys()
    assert common != more.keys()
    assert {spec: few[spec] for spec in common} == {spec: more[spec] for spec in common} != {}


def test_the_provider_knows_every_field() -> None:
    rules = inhibition_rules(routed.plan())
    assert len(rules) == len(edges(routed.plan()))
    for spec in rules.values():
        made = grafana.alerting.v1beta1.NotificationsInhibitionRuleSpecArgs(**spec)
        assert made.equals == spec["equals"]
