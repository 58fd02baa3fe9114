"""The containers of one stack on a daemon that has others too."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from runtimes.console import Failure
from runtimes.docker.containers import stack_containers, unread_logs
from runtimes.docker.operations import tell_unread
from tests.fakes import FakeContainer, FakeDaemon


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


def test_running_containers_of_other_log_drivers_than_json_file_are_named_whoever_they_belong_to() -> None:
    def driver(name: str) -> dict[str, Any]:
        return {"HostConfig": {"LogConfig": {"Type": name, "Config": {}}}}

    daemon: Any = FakeDaemon(
        [
            FakeContainer("shop-web-1", stack="", further=driver("journald")),
            FakeContainer("shop-db-1", stack="", further=driver("local")),
            FakeContainer("shop-job-1", stack="", status="exited", further=driver("local")),
            FakeContainer("monitoring-kettle-grafana", further=driver("json-file")),
        ]
    )
    assert dict(unread_logs(daemon)) == {"shop-db-1": "local", "shop-web-1": "journald"}
    assert list(tell_unread(unread_logs(daemon))) == [
        "logs of shop-db-1 (local), shop-web-1 (journald) are not read: only the log driver json-file is;"
        " docs/logs.md says what to do"
    ]


def test_nothing_is_told_when_every_log_is_read() -> None:
    daemon: Any = FakeDaemon([FakeContainer("monitoring-kettle-grafana")])
    assert list(tell_unread(unread_logs(daemon))) == []
