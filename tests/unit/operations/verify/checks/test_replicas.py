"""Replicas of Alertmanager, as the first of them sees the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.operations.verify.world import World, declare, target, world_of

ROW = "replicas in step"


@pytest.fixture
def high(tmp_path: Path) -> World:
    """A stack with replicas, all of which run and are scraped."""
    world = world_of(declare(tmp_path, availability="high"))
    world.targets += [target("alertmanager"), target("alertmanager"), target("prometheus")]
    return world


def test_a_stack_with_replicas_works(high: World) -> None:
    assert high.failures() == {}
    assert high.row(ROW).detail == "3 of Alertmanager"
    assert high.row("target alertmanager").detail == "3 targets up"


def test_one_that_the_others_do_not_find_is_told_of(high: World) -> None:
    high.cluster = (2, "ready")
    assert high.failures() == {
        ROW: "alertmanager knows 2 of 3: docker logs monitoring-test-alertmanager says why.",
    }


def test_they_are_not_in_step_before_they_have_settled(high: World) -> None:
    high.cluster = (3, "settling")
    assert high.failures() == {
        ROW: "they have not settled yet: docker logs monitoring-test-alertmanager says why.",
    }
    assert high.row(ROW).may_change


def test_a_single_alertmanager_has_nobody_to_be_in_step_with(world: World) -> None:
    assert ROW not in {row.name for row in world.rows()}
