"""What builds cost, recorded and added up."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from images import process as running
from images.cost import Cost, recorded, table
from images.errors import ImagesError
from tests.unit.images.written import write


def test_a_long_program_leaves_what_it_cost_beside_its_log(tmp_path: Path) -> None:
    busy = "import time\nwhile time.process_time() < 0.3: pass"
    running.run_long([sys.executable, "-c", busy], what="thing", doing="counting", report=print, log=tmp_path / "a.log")
    (cost,) = recorded(tmp_path)
    assert (cost.component, cost.step) == ("thing", "counting")
    assert 0.2 <= cost.cpu <= cost.wall + 1


def test_a_failed_program_costs_nothing(tmp_path: Path) -> None:
    with pytest.raises(ImagesError):
        running.run_long(["false"], what="thing", doing="trying", report=print, log=tmp_path / "a.log")
    assert recorded(tmp_path) == ()


def test_the_table_of_costs_adds_up_the_steps() -> None:
    costs = [
        Cost("redis", "fetching 3 Debian packages", 1, 9),
        Cost("prometheus", "compiling prometheus", 100.4, 60),
        Cost("prometheus", "compiling promtool", 20, 11),
    ]
    assert table(costs).splitlines() == [
        "component     CPU s   wall s",
        "prometheus      120       71",
        "redis             1        9",
        "sum             121       80",
    ]
    assert table(costs, ["redis"]).splitlines()[-1].split() == ["sum", "1", "9"]
    with pytest.raises(ImagesError, match=r"^No build of nginx is recorded in .*; build it first\.$"):
        table(costs, ["redis", "nginx"])
    with pytest.raises(ImagesError, match=r"^No build of anything is recorded in"):
        table([])


def test_a_record_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "thing.cost.json", "{}")
    with pytest.raises(ImagesError) as error:
        recorded(tmp_path)
    assert str(error.value).startswith(f"{path} is not a record of a build (")
