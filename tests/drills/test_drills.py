"""Ten fire drills on a demo stack of their own: who is told, how fast and how often."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import docker
import pytest

from operations.drill.command import chosen
from tests.stacks import ROOT, stack_file
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
}
LIMIT_SECONDS = 600


@dataclass(frozen=True)
class Drilled:
    """What `make drill ARGS=--short` printed, and how long it took."""

    status: int
    shown: str
    told: str
    seconds: float


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
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "operations.drill", "--stack", STACK, "--file", str(file), "--short"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=2 * LIMIT_SECONDS,
    )
    return Drilled(done.returncode, done.stdout, done.stderr, time.monotonic() - began)


def test_every_short_drill_passes_that_the_stack_can_have(drilled: Drilled) -> None:
    assert drilled.status == 0, drilled.shown + drilled.told
    passed = set(re.findall(r"^passed +(\S+)", drilled.shown, re.MULTILINE))
    skipped = set(re.findall(r"^skipped +(\S+)", drilled.shown, re.MULTILINE))
    assert len(passed) == 10
    assert passed | skipped == {drill.name for drill in chosen([], short=True)}


def test_ten_drills_take_less_than_ten_minutes(drilled: Drilled) -> None:
    assert drilled.seconds < LIMIT_SECONDS, drilled.told


def test_whoever_is_paged_for_a_dead_service_knows_within_90_seconds(drilled: Drilled) -> None:
    seconds = [int(found) for found in re.findall(r"ServiceDown of [\w-]+ → page +(\d+) s", drilled.shown)]
    assert len(seconds) >= 8
    assert max(seconds) < 100  # A paused one answers late: its scrape waits ten seconds first.


def test_nothing_of_the_drills_is_left(drilled: Drilled, client: docker.DockerClient) -> None:
    assert drilled.status == 0
    assert client.containers.list(all=True, filters={"label": f"monitoring.drill={STACK}"}) == []
    mine = client.containers.list(all=True, filters={"label": f"monitoring.stack={STACK}"})
    assert {
        item.name: item.status for item in mine if item.status not in ("running",) and "prepare" not in str(item.name)
    } == {}
