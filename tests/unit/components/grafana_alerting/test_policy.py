"""The routing tree as notification policies, and its times as mute timings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pulumiverse_grafana as grafana
import pytest

from alerting.route import Matcher, Route
from alerting.routing import routing
from components.grafana_alerting.policy import mute_timings, notification_policy
from tests.conftest import Deployment
from tests.unit.alerting import routed

POLICY = "grafana:alerting/notificationPolicy:NotificationPolicy"
MUTE_TIMING = "grafana:alerting/muteTiming:MuteTiming"
ERRORS = {
    "contactPoint": "a-email",
    "groupBies": ["environment", "alertname"],
    "groupWait": "1m",
    "groupInterval": "5m",
    "repeatInterval": "4h",
    "matchers": [{"label": "alertname", "match": "=", "value": "DatasourceError"}],
    "continue": False,
}


@pytest.fixture
def policy(managed: Deployment) -> Mapping[str, Any]:
    (found,) = managed.of(POLICY).values()
    return found.inputs


def test_every_node_of_the_tree_is_a_policy_that_says_the_same(managed: Deployment, policy: Mapping[str, Any]) -> None:
    tree = routing(managed.program.plan)
    errors, *policies = policy["policies"]
    assert errors == ERRORS
    assert {"matchers", "continue"} & policy.keys() == set()
    expected = list(_flat(tree.root))
    found = list(_flat_policies({**policy, "policies": policies, "matchers": [], "continue": False}))
    assert len(expected) > 40
    assert found == expected


def _flat(route: Route) -> Iterator[tuple[object, ...]]:
    told = route.receiver != "nobody"
    yield (
        route.receiver if told else "history",
        list(route.by),
        (route.timing.wait, route.timing.interval, route.timing.repeat),
        [str(matcher) for matcher in route.matchers],
        route.goes_on,
        [_safe(name) for name in route.active],
        [_safe(name) for name in route.muted] if told else ["always"],
        len(route.routes),
    )
    for below in route.routes:
        yield from _flat(below)


def _flat_policies(policy: Mapping[str, Any]) -> Iterator[tuple[object, ...]]:
    below = policy.get("policies", [])
    yield (
        policy["contactPoint"],
        policy["groupBies"],
        (policy["groupWait"], policy["groupInterval"], policy["repeatInterval"]),
        [f'{found["label"]}{found["match"]}"{found["value"]}"' for found in policy["matchers"]],
        policy["continue"],
        policy.get("activeTimings", []),
        policy.get("muteTimings", []),
        len(below),
    )
    for found in below:
        yield from _flat_policies(found)


def _safe(name: str) -> str:
    return {
        "alerting.maintenance[0]: new disk": "alerting.maintenance 0 new disk",
        "alerting.mute[0]: Nobody/orders: at night": "alerting.mute 0 Nobody orders at night",
    }.get(name, name)


def test_times_are_mute_timings_of_names_that_stand_in_an_address(managed: Deployment) -> None:
    found = {made.inputs["name"]: made.inputs["intervals"] for made in managed.of(MUTE_TIMING).values()}
    nights = [
        {"times": [{"start": "22:00", "end": "24:00"}], "location": "Europe/Berlin"},
        {"times": [{"start": "00:00", "end": "06:00"}], "location": "Europe/Berlin"},
    ]
    dated = {"months": ["12:12"], "years": ["2026:2026"], "location": "UTC"}
    assert found == {
        "always": [{}],
        "nights": nights,
        "alerting.mute 0 Nobody orders at night": nights,
        "alerting.maintenance 0 new disk": [
            {"times": [{"start": "21:00", "end": "24:00"}], "daysOfMonths": ["1:1"], **dated},
            {"times": [{"start": "00:00", "end": "01:00"}], "daysOfMonths": ["2:2"], **dated},
        ],
    }


def test_policies_name_only_contact_points_and_times_that_they_come_after(
    managed: Deployment, policy: Mapping[str, Any]
) -> None:
    (made,) = managed.of(POLICY).values()
    nodes = list(_flat_policies({**policy, "matchers": [], "continue": False}))
    points = {found.inputs["name"]: found.urn for found in managed.resources if found.type.endswith(":ContactPoint")}
    times = {found.inputs["name"]: found.urn for found in managed.of(MUTE_TIMING).values()}
    assert {str(node[0]) for node in nodes} <= points.keys()
    named = {name for node in nodes for names in node[5:7] for name in names}  # type: ignore[attr-defined]
    assert named == {*times} - {"nights"}
    assert {*points.values(), *times.values()} <= set(made.depends_on)


def test_errors_of_evaluation_are_recorded_where_nobody_is_told() -> None:
    tree = routing(routed.plan())
    found = notification_policy(tree, None)["policies"][0]
    assert (found["contact_point"], found["matchers"][0]["value"]) == ("history", "DatasourceError")


def test_the_provider_knows_every_field() -> None:
    alerting = {"times": {"nights": {"from": "22:00", "to": "06:00", "weekdays": ["monday"], "holidays": ["12-24"]}}}
    mute = {"alerts": ["TrafficVanished"], "during": "nights", "reason": "nobody orders"}
    tree = routing(routed.plan({**alerting, "mute": [mute]}))
    grafana.alerting.NotificationPolicyArgs(**notification_policy(tree, "everyone"))
    for intervals in mute_timings(tree).values():
        for interval in intervals:
            grafana.alerting.MuteTimingIntervalArgs(**interval)


def test_a_negated_matcher_keeps_its_meaning() -> None:
    tree = routing(routed.plan())
    severities = Matcher("severity", ("info", "warning"), negated=True)
    changed = replace(tree, root=replace(tree.root, routes=(replace(tree.root.routes[0], matchers=(severities,)),)))
    _, found = notification_policy(changed, "everyone")["policies"]
    assert found["matchers"] == [{"label": "severity", "match": "!~", "value": "info|warning"}]
