"""The cost of a stack's images: those that it builds, and no others."""

from __future__ import annotations

import pytest

from images import cost as images_cost
from images.build import TOOLS
from images.cost import Cost
from images.errors import ImagesError
from operations import prepare
from operations.cost import cost


def test_a_stack_costs_what_its_images_cost(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    costs = (
        Cost("compose", "compiling docker-compose", 40, 30),
        Cost("mysqld-exporter", "fetching 1 Debian packages", 5, 5),
        Cost("prometheus", "compiling prometheus", 200, 100),
    )
    monkeypatch.setattr(images_cost, "recorded", lambda: costs)
    cost("dev")
    rows = [line.split() for line in capsys.readouterr().out.splitlines()[1:]]
    assert rows == [["prometheus", "200", "100"], ["compose", "40", "30"], ["sum", "240", "130"]]


def test_a_stack_on_a_cluster_costs_nothing_that_only_docker_needs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    costs = (Cost("compose", "compiling compose", 40, 30), Cost("prometheus", "compiling prometheus", 200, 100))
    monkeypatch.setattr(images_cost, "recorded", lambda: costs)
    cost("prod")
    rows = [line.split()[0] for line in capsys.readouterr().out.splitlines()[1:]]
    assert rows == ["prometheus", "sum"]


def test_a_stack_of_which_nothing_was_built_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images_cost, "recorded", lambda: (Cost("mysqld-exporter", "fetching", 5, 5),))
    with pytest.raises(ImagesError, match=r"^No build of anything is recorded in .*; build it first\.$"):
        cost("dev")


def test_every_tool_that_is_prepared_for_the_tests_can_be_built() -> None:
    assert set(prepare.tools()) <= set(TOOLS)
