"""A stack of its own that watches something real: brought up and destroyed by the commands its users run."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.stacks import ROOT, stack_file
from tests.waiting import until

# Commands that are no subcommands of `operations`.
_MODULES = {
    "drift": ["operations.drift"],
    "verify": ["operations.verify"],
    "report": ["operations.report"],
    **{command: ["operations.oncall", command] for command in ("alerts", "silence", "notify-test")},
}


class WatchingStack:
    """The Prometheus of a running stack, asked until it knows.

    Attributes:
        said: what `make up` printed.
    """

    def __init__(self, directory: Path, port: int, said: str, logs: Callable[[], str]) -> None:
        self.said = said
        self._password = (directory / "secrets" / "prometheus" / "prometheusPassword").read_text(encoding="utf-8")
        self._port, self._logs = port, logs

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The answer: one element per series."""
        answer = httpx.get(
            f"http://127.0.0.1:{self._port}/api/v1/query",
            params={"query": expression},
            auth=("admin", self._password),
            timeout=30,
        )
        answer.raise_for_status()
        found: list[dict[str, Any]] = answer.json()["data"]["result"]
        return found

    def waits_for(self, expression: str, within: float) -> list[dict[str, str]]:
        """Labels of the series that it answers with, once there are any; asks for `within` seconds."""
        found = until(lambda: self.query(expression), within, pause=3)
        assert found, f"nothing in {within:.0f} s: {expression}\n{self._logs()}"
        return [series["metric"] for series in found]

    def fires(self, alert: str, within: float) -> list[dict[str, str]]:
        """Labels of the alerts of this name, once any fires."""
        return self.waits_for(f'ALERTS{{alertname="{alert}",alertstate="firing"}}', within)

    def firing(self) -> set[str]:
        """Names of the alerts that fire now."""
        return {series["metric"]["alertname"] for series in self.query('ALERTS{alertstate="firing"}')}


@contextmanager
def running_stack(
    name: str,
    folder: Path,
    ports: Mapping[str, int],
    *,
    status: int = 0,
    logs: Callable[[], str] = str,
    **settings: Any,
) -> Iterator[WatchingStack]:
    """The stack of these settings; destroyed at the end, whatever happened.

    Args:
        status: what `make up` ends with; 1 means that the stack is up and its verification failed.
        logs: tells more when Prometheus does not answer as expected.
        settings: sections of the stack file.
    """
    docker = {"ports": dict(ports), **settings.pop("docker", {})}
    sections = {"grafana": {"url": f"http://127.0.0.1:{ports['grafana']}"}, **settings}
    file = stack_file(folder, name, base=None, docker=docker, **sections)
    try:
        up = operations("up", stack=name, file=file)
        said = f"{up.stdout}\n{up.stderr}"
        assert up.returncode == status, f"make up ended with {up.returncode}:\n{said}"
        yield WatchingStack(folder / "state" / name, ports["prometheus"], said, logs)
    finally:
        operations("destroy", stack=name, file=file)


def operations(command: str, *arguments: str, stack: str, file: Path) -> subprocess.CompletedProcess[str]:
    """`make <command>`, as the Makefile runs it, but without an engine on PATH: these tests are about that way."""
    module = _MODULES.get(command, ["operations", command])
    folders = os.environ["PATH"].split(os.pathsep)
    without_engine = os.pathsep.join(folder for folder in folders if not (Path(folder) / "pulumi").exists())
    return subprocess.run(
        [sys.executable, "-m", *module, "--stack", stack, "--file", str(file), *arguments],
        cwd=ROOT,
        env={**os.environ, "PATH": without_engine},
        capture_output=True,
        text=True,
        check=False,
        timeout=1800,
    )
