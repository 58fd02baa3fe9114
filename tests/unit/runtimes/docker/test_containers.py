"""The containers of one stack on a daemon that has others too."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from runtimes.console import Failure
from runtimes.docker.containers import stack_containers, unread_logs
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


def logging(name: str, driver: str, *, status: str = "running", **options: str) -> FakeContainer:
    log = {"HostConfig": {"LogConfig": {"Type": driver, "Config": options}}}
    return FakeContainer(name, stack="", status=status, further=log)


def test_running_containers_whose_logs_no_file_has_are_named_with_the_line_that_reads_them(tmp_path: Path) -> None:
    socket = tmp_path / "docker.sock"
    socket.touch()
    daemon: Any = FakeDaemon(
        [
            logging("shop-web-1", "journald"),
            logging("shop-db-1", "local"),
            logging("shop-mail-1", "syslog"),
            logging("shop-job-1", "local", status="exited"),
            logging("monitoring-kettle-grafana", "json-file"),
        ],
        socket=str(socket),
    )
    (told,) = unread_logs(daemon, ())
    assert told == (
        "logs of shop-db-1 (local), shop-mail-1 (syslog), shop-web-1 (journald) are not read: their log driver keeps no"
        " file for the collector. To ask Docker for them, write"
        f" `monitoring:docker: {{log_sockets: [{socket}], socket_group: {socket.stat().st_gid}}}`;"
        " docs/logs.md says what else can be done, and what a socket means"
    )
    link = tmp_path / "link.sock"
    link.symlink_to(socket)
    assert not unread_logs(daemon, (str(link),))
    assert unread_logs(daemon, ("/run/podman/podman.sock",)) == [told]


def test_what_docker_keeps_nothing_of_is_not_read_even_where_it_is_asked() -> None:
    daemon: Any = FakeDaemon(
        [
            logging("mute", "none"),
            logging("sent-only", "fluentd", **{"cache-disabled": "true"}),
            logging("sent", "fluentd", **{"cache-disabled": "false"}),
        ],
        socket="/nowhere/docker.sock",
    )
    lost = (
        "logs of mute (none), sent-only (fluentd) are not read: Docker keeps nothing of them that it could be asked"
        " for; docs/logs.md says what to do"
    )
    assert unread_logs(daemon, ("/nowhere/docker.sock",)) == [lost]
    asked, still_lost = unread_logs(daemon, ())
    assert "logs of sent (fluentd) are not read" in asked
    assert still_lost == lost


def test_nothing_is_told_when_every_log_is_read() -> None:
    daemon: Any = FakeDaemon([FakeContainer("monitoring-kettle-grafana")])
    assert not unread_logs(daemon, ())
