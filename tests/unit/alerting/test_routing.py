"""Who is told what, and when: teams, severities, environments."""

from __future__ import annotations

import pytest

from alerting.routing import TEST_LABEL, meant_for_people, pages, routing, tells_nobody
from tests.plans import plan_of
from tests.unit.alerting.routed import SERVICES, found, plan, told


@pytest.mark.parametrize(
    ("owner", "severity", "receivers"),
    [
        ("shop", "critical", ["pager", "chat", "boss"]),
        ("shop", "high", ["chat"]),
        ("shop", "warning", ["chat"]),
        ("shop", "info", ["chat"]),
        ("shop", "", ["chat"]),
        ("money", "critical", ["mail"]),
        ("money", "high", ["mail"]),
        ("money", "info", ["mail"]),
        ("unowned", "critical", ["everyone"]),
        ("unowned", "warning", ["everyone"]),
        ("monitoring", "critical", ["everyone"]),
        ("", "info", ["everyone"]),
    ],
)
def test_each_severity_of_each_team_has_its_receivers(owner: str, severity: str, receivers: list[str]) -> None:
    assert told(routing(plan()), owner=owner, severity=severity) == receivers


def test_the_stacks_own_components_belong_to_a_team_called_monitoring() -> None:
    tree = routing(plan(teams={"shop": {"page": "pager", "notify": "chat"}, "money": {"notify": "mail"},
                               "monitoring": {"page": "boss"}}))  # fmt: skip
    assert told(tree, owner="monitoring", severity="critical") == ["boss"]
    assert told(tree, owner="monitoring", severity="warning") == ["everyone"]


@pytest.mark.parametrize(
    ("environment", "page", "expected"),
    [
        ("prod", None, True),
        ("production", None, True),
        ("staging", None, False),
        ("staging", True, True),
        ("prod", False, False),
    ],
)
def test_only_production_pages_unless_the_settings_say_otherwise(
    environment: str, page: bool | None, expected: bool
) -> None:
    made = plan({} if page is None else {"page": page}, environment=environment)
    assert pages(made) is expected
    receivers = ["pager", "chat", "boss"] if expected else ["chat"]
    assert told(routing(made), owner="shop", severity="critical") == receivers


def test_a_page_is_sent_at_once_an_escalation_after_its_time_and_information_is_gathered() -> None:
    tree = routing(plan({"digest": "6h"}))
    page, chat, boss = found(tree, owner="shop", severity="critical")
    assert (page.timing.wait, chat.timing.wait, boss.timing.wait) == ("5s", "5s", "10m")
    (warning,) = found(tree, owner="shop", severity="warning")
    assert (warning.timing.wait, warning.by) == ("30s", ("environment", "service", "cause"))
    (info,) = found(tree, owner="shop", severity="info")
    assert (info.timing.wait, info.timing.interval, info.by) == ("6h", "6h", ("environment", "owner"))


def test_what_is_not_critical_waits_for_the_teams_hours() -> None:
    hours = {"times": {"office": {"from": "09:00", "to": "17:00"}}}
    teams = {
        "shop": {"page": "pager", "notify": "chat", "during": "office"},
        "money": {"page": "boss", "notify": "mail"},
    }
    tree = routing(plan(hours, teams=teams))
    assert [route.active for route in found(tree, owner="shop", severity="critical")] == [(), ()]
    for severity in ("high", "warning", "info"):
        assert [route.active for route in found(tree, owner="shop", severity=severity)] == [("office",)]
    assert [route.active for route in found(tree, owner="money", severity="high")] == [()]


def test_one_receiver_for_both_is_told_once() -> None:
    teams = {"shop": {"page": "chat", "notify": "chat"}, "money": {"page": "pager", "notify": "mail"},
             "monitoring": {"page": "boss"}}  # fmt: skip
    assert told(routing(plan(teams=teams)), owner="shop", severity="critical") == ["chat"]


def test_without_a_receiver_everything_is_recorded_and_nobody_is_told() -> None:
    made = plan_of(*({key: value for key, value in service.items() if key != "owner"} for service in SERVICES))
    assert tells_nobody(made)
    assert not tells_nobody(plan())
    tree = routing(made)
    assert [route.receiver for route in tree.root.routes] == ["heartbeat", "nobody", "history"]
    assert told(tree, owner="shop", severity="critical") == []


def test_the_heartbeat_goes_outside_and_to_no_team() -> None:
    assert told(routing(plan()), alertname="Heartbeat", severity="info", owner="shop") == ["heartbeat"]


def test_what_only_inhibits_is_told_to_nobody_and_not_recorded() -> None:
    for severity in ("none", "critical"):
        assert told(routing(plan()), alertname="RecentCause", severity=severity, owner="shop") == ["nobody"]


def test_everything_else_is_recorded_whatever_is_muted() -> None:
    record = next(route for route in routing(plan()).root.routes if route.receiver == "history")
    assert (record.receiver, record.matchers, record.muted, record.goes_on) == ("history", (), (), True)


def test_a_test_message_goes_to_the_receiver_that_it_names_alone_at_once_and_is_not_recorded_as_an_alert() -> None:
    routes = routing(plan()).root.routes
    tests = [route for route in routes if route.matchers and route.matchers[0].label == TEST_LABEL]
    assert [(route.receiver, route.matchers[0].values) for route in tests] == [
        (name, (name,)) for name in plan().settings.receivers
    ]
    assert tests
    assert {(route.timing.wait, route.goes_on, route.by) for route in tests} == {("0s", False, (TEST_LABEL, "sent"))}
    assert max(map(routes.index, tests)) < [route.receiver for route in routes].index("history")


@pytest.mark.parametrize(
    ("labels", "meant"),
    [
        ({"severity": "info"}, True),
        ({}, True),
        ({"severity": "none"}, False),
        ({"severity": "info", TEST_LABEL: "chat"}, False),
    ],
)
def test_what_fires_for_machines_and_what_is_a_test_is_not_meant_for_people(
    labels: dict[str, str], meant: bool
) -> None:
    assert meant_for_people(labels) is meant
