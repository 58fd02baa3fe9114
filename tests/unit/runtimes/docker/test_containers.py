"""The containers of one stack on a daemon that has others too."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from runtimes.console import Failure
from runtimes.docker.containers import stack_containers
from tests.unit.runtimes.docker.daemon import FakeContainer, FakeDaemon


def test_a_stack_has_its_own_containers_whether_they_run_or_not() -> None:
    daemon: Any = FakeDaemon(
        [
            FakeContainer("monitoring-kettle-grafana"),
            FakeContainer("monitoring-kettle-prepare", status="exited"),
            FakeContainer("monitoring-kettle-two-grafana", stack="kettle-two"),
        ]
    )
    found = [container.name for container in stack_containers(daemon, "kettle")]
    assert found == ["monitoring-kettle-grafana", "monitoring-kettle-prepare"]


def test_a_daemon_that_stops_answering_is_one_sentence() -> None:
    def refuse(**_: object) -> None:
        raise ConnectionError("gone")

    daemon: Any = SimpleNamespace(containers=SimpleNamespace(list=refuse))
    with pytest.raises(Failure, match=r"^Docker does not answer \(gone\): start it"):
        stack_containers(daemon, "kettle")
