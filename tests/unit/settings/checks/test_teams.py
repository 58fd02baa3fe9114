"""Owners that are no team, and escalations to those who know already."""

from __future__ import annotations

import pytest

from tests.unit.settings.checks.alerted import mistakes


def test_an_owner_that_is_no_team_is_a_mistake_once_there_are_teams() -> None:
    assert mistakes("services.0.owner", "shp") == [
        "services[0].owner: found 'shp', a team that is not there. Allowed: money, shop. Did you mean 'shop'?"
    ]
    assert mistakes("services.0.owner", "search") == [
        "services[0].owner: found 'search', a team that is not there. Allowed: money, shop. "
        "Add search under teams, or leave the owner out."
    ]


def test_a_service_without_an_owner_belongs_to_the_default() -> None:
    assert mistakes("services.0.owner", None) == []


@pytest.mark.parametrize("name", ["pager", "chat"])
def test_an_escalation_reaches_somebody_else(name: str) -> None:
    assert mistakes("teams.shop.escalate.to", name) == [
        f"teams.shop.escalate.to: found '{name}'. Allowed: a receiver that is not told at once. "
        "The team's page and notify know already."
    ]


def test_a_team_without_a_receiver_is_a_mistake() -> None:
    assert mistakes("teams.money", {}) == [
        "teams.money: found neither page nor notify. Allowed: the name of a receiver in at least one of them."
    ]


def test_a_mistake_in_one_team_hides_none_in_another() -> None:
    found = mistakes("teams", {"shop": {"page": 5}, "money": {"notify": "male"}})
    assert any(line.startswith("teams.shop.page: found 5. ") for line in found)
    assert any(line.startswith("teams.money.notify: found 'male'") for line in found)
