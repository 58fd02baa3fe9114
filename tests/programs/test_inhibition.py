"""Every inhibition in the real Alertmanager, which reads the rendered configuration: both directions, and the way back.

Alertmanager listens on loopback and tells nobody: receivers and mute times are left out, since what the clock mutes is
silent too. Nothing else of what is rendered is changed. Alerts that belong together have an environment of their own,
so that all of them are sent at once.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from components.alertmanager import alertmanager_workload
from components.endpoints import ALERTMANAGER
from images.build import tool_path
from tests.conftest import PLACE
from tests.inhibition import Case, Labels, cases, stacks
from tests.programs.placed import write_files
from tests.waiting import free_ports, until

_PATIENCE = 30.0
_HOUR = timedelta(hours=1)


@dataclass
class Running:
    """An Alertmanager that answers."""

    client: httpx.Client

    def send(self, alerts: list[Labels], *, firing: bool = True) -> None:
        now = datetime.now(UTC)
        ends = now + _HOUR if firing else now
        times = {"startsAt": (now - _HOUR).isoformat(), "endsAt": ends.isoformat()}
        self.client.post("/api/v2/alerts", json=[{"labels": labels, **times} for labels in alerts]).raise_for_status()

    def states(self) -> dict[frozenset[tuple[str, str]], Mapping[str, Any]]:
        """Every alert's state by its labels, and by whom it is inhibited."""
        answer = self.client.get("/api/v2/alerts").raise_for_status().json()
        fingerprints = {alert["fingerprint"]: alert["labels"]["alertname"] for alert in answer}
        return {
            _key(alert["labels"]): {
                "state": alert["status"]["state"],
                "by": {fingerprints.get(each, each) for each in alert["status"]["inhibitedBy"]},
            }
            for alert in answer
        }


@dataclass
class Seen:
    """What Alertmanager said of each case's alerts: before the sources fire, while they do, and after."""

    states: dict[str, dict[frozenset[tuple[str, str]], Mapping[str, Any]]] = field(default_factory=dict)

    def of(self, when: str, labels: Labels) -> Mapping[str, Any]:
        return self.states[when].get(_key(labels), {"state": "unknown to Alertmanager", "by": set()})


def _key(labels: Labels) -> frozenset[tuple[str, str]]:
    return frozenset(labels.items())


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Seen]:
    """Every stack's alerts, sent to its Alertmanager: the targets, then the sources too, then the targets alone."""
    return {stack: _seen(stack, tmp_path_factory.mktemp("alertmanager")) for stack in stacks()}


def _seen(stack: str, folder: Path) -> Seen:
    here = [case for case in cases() if case.stack == stack]
    silenced = [two for case in here for two in case.silenced]
    every = [*silenced, *(two for case in here for two in case.apart)]
    targets, sources = [two.target for two in every], [two.source for two in every]
    found = Seen()
    with _running(stack, folder) as alertmanager:

        def wait(when: str, state: str, which: list[Labels]) -> None:
            def reached() -> bool:
                found.states[when] = alertmanager.states()
                return all(found.of(when, labels)["state"] == state for labels in which)

            # A state that does not come is for the tests of its edge to report.
            until(reached, _PATIENCE)

        alertmanager.send(targets)
        wait("before", "active", targets)
        alertmanager.send(sources)
        wait("while", "suppressed", [two.target for two in silenced])
        alertmanager.send(sources, firing=False)
        wait("after", "active", targets)
    return found


def _tell_nobody(config: dict[str, Any]) -> None:
    config |= {"route": {"receiver": "nobody"}, "receivers": [{"name": "nobody"}], "time_intervals": []}


@contextmanager
def _running(stack: str, folder: Path) -> Iterator[Running]:
    placed = write_files(alertmanager_workload(stacks()[stack], PLACE), folder, folder / "secrets.json")
    rendered = placed.config / "alertmanager.yml"
    placed.damage(rendered.name, _tell_nobody).replace(rendered)
    (port,) = free_ports(1)
    command = [str(tool_path("alertmanager")), *placed.args, f"--web.listen-address=127.0.0.1:{port}"]
    login = (ALERTMANAGER.login.username, (placed.secrets / ALERTMANAGER.login.secret).read_text(encoding="utf-8"))
    log = folder / "log"
    with log.open("w") as output, httpx.Client(base_url=f"http://127.0.0.1:{port}", auth=login) as client:
        process = subprocess.Popen(command, stdout=output, stderr=output)

        def started() -> bool:
            return process.poll() is not None or client.get("/-/ready").status_code == httpx.codes.OK

        try:
            assert until(started, _PATIENCE, forgives=(httpx.HTTPError,)) and process.poll() is None, log.read_text()
            yield Running(client)
        finally:
            process.terminate()
            process.wait(timeout=_PATIENCE)


def _named(case: Case) -> str:
    return f"{case.stack}: {case.edge.relation} {case.edge.about}"


every_edge = pytest.mark.parametrize("case", cases(), ids=_named)


@every_edge
def test_while_the_source_fires_its_targets_are_silent(seen: Mapping[str, Seen], case: Case) -> None:
    found = seen[case.stack]
    assert case.silenced
    for two in case.silenced:
        assert found.of("while", two.target) == {"state": "suppressed", "by": {two.source["alertname"]}}, two
        assert found.of("while", two.source)["state"] == "active", two


@every_edge
def test_while_the_source_is_silent_its_targets_are_heard(seen: Mapping[str, Seen], case: Case) -> None:
    for two in case.silenced:
        assert seen[case.stack].of("before", two.target) == {"state": "active", "by": set()}, two
        assert seen[case.stack].of("after", two.target) == {"state": "active", "by": set()}, two


@every_edge
def test_what_differs_in_a_label_that_must_be_equal_is_heard(seen: Mapping[str, Seen], case: Case) -> None:
    assert case.apart
    for two in case.apart:
        assert seen[case.stack].of("while", two.target) == {"state": "active", "by": set()}, two
