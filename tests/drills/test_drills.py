"""Ten fire drills on a demo stack of their own: who is told, how fast and how often."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import docker
import pytest

from operations.drill.command import chosen
from tests.stacks import ROOT, stack_file
from tests.waiting import until
from tests.watching import operations

STACK = "drills"
PORTS = {
    "grafana": 23000,
    "prometheus": 29090,
    "alertmanager": 29093,
    "otlp_grpc": 24317,
    "otlp_http": 24318,
    "memory_api": 28000,
    "victorialogs": 29428,
    "jaeger": 36686,
    "runbooks": 29096,
    "viewer": 29097,
}
# What is awaited is a message, and it comes when the machine has the time: `make drill` holds it to its seconds.
PATIENCE = "6"
_ENDS_WITHIN_SECONDS = 3600


@dataclass(frozen=True)
class Drilled:
    """What `make drill ARGS=--short` printed."""

    status: int
    shown: str
    told: str

    def rows(self, status: str) -> dict[str, str]:
        """Lines of the table with this status, by drill."""
        return {found[1]: found[0] for found in re.finditer(rf"^{status} +(\S+).*", self.shown, re.MULTILINE)}


@pytest.fixture(scope="module")
def drilled(client: docker.DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drilled]:
    """The short drills on a fresh stack, which is destroyed at the end."""
    assert client
    folder = tmp_path_factory.mktemp(STACK)
    grafana = {"url": f"http://127.0.0.1:{PORTS['grafana']}"}
    file = stack_file(folder, STACK, docker={"ports": PORTS}, grafana=grafana)
    try:
        up = operations("up", stack=STACK, file=file)
        assert up.returncode == 0, up.stdout + up.stderr
        yield _drill(file)
    finally:
        operations("destroy", stack=STACK, file=file)


def _drill(file: Path) -> Drilled:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "operations.drill",
            "--stack",
            STACK,
            "--file",
            str(file),
            "--short",
            "--patience",
            PATIENCE,
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=_ENDS_WITHIN_SECONDS,
    )
    return Drilled(done.returncode, done.stdout, done.stderr)


def test_every_short_drill_passes_that_the_stack_can_have(drilled: Drilled) -> None:
    assert drilled.status == 0, drilled.shown + drilled.told
    assert len(drilled.rows("passed")) == 10
    assert drilled.rows("passed").keys() | drilled.rows("skipped").keys() == {
        drill.name for drill in chosen([], short=True)
    }


def test_each_page_comes_once_and_is_taken_back(drilled: Drilled) -> None:
    once = re.compile(r"→ page +\d+ s +1 .* \d+ s *$")
    assert {name: row for name, row in drilled.rows("passed").items() if not once.search(row)} == {}


def test_the_table_says_why_a_drill_cannot_be_run(drilled: Drilled) -> None:
    for name in drilled.rows("skipped"):
        assert re.search(rf"^{name}: The stack has no \S+\.", drilled.shown, re.MULTILINE)


def test_nothing_of_the_drills_is_left(drilled: Drilled, client: docker.DockerClient) -> None:
    assert drilled.status == 0
    assert client.containers.list(all=True, filters={"label": f"monitoring.drill={STACK}"}) == []
    mine = client.containers.list(all=True, filters={"label": f"monitoring.stack={STACK}"})
    assert {
        item.name: item.status for item in mine if item.status not in ("running",) and "prepare" not in str(item.name)
    } == {}


def test_questions_asked_from_inside_leave_no_process_behind(drilled: Drilled, client: docker.DockerClient) -> None:
    assert drilled.status == 0
    recorder = client.containers.get(f"monitoring-{STACK}-recorder")
    assert until(lambda: "defunct" not in str(recorder.top()), 30)
