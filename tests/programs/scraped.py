"""A real Prometheus that scrapes services as a stack file says, on loopback."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from components.endpoints import PROMETHEUS
from components.passwords import Password
from components.prometheus import prometheus_workload
from images.build import tool_path
from program.plan import planned
from settings.stackfile import RawConfiguration
from tests.conftest import PLACE
from tests.plans import settings_of
from tests.programs.placed import write_files
from tests.waiting import free_ports, until

PATIENCE = 60.0
Entry = Mapping[str, Any]


@dataclass(frozen=True)
class Prometheus:
    """One that runs."""

    client: httpx.Client

    def value(self, expression: str) -> float:
        """What an expression with one answer is, once it has one."""

        def ask() -> list[dict[str, Any]]:
            said = self.client.get("/api/v1/query", params={"query": expression}).json()
            assert said["status"] == "success", said
            return [each for each in said["data"]["result"] if each["value"][1] != "NaN"]

        found = until(ask, PATIENCE)
        assert len(found) == 1, f"{expression}: {found}"
        return float(found[0]["value"][1])


@contextmanager
def scraping(services: Sequence[Entry], values: Mapping[str, str], folder: Path) -> Iterator[Prometheus]:
    """Prometheus with the stack's configuration and rules, every second, from the moment it is ready.

    Args:
        services: entries of a stack file.
        values: of the secrets that they name.
        folder: for its files.
    """
    pace = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    raw = RawConfiguration("Pulumi.test.yaml", {"services": services, "prometheus": pace}, frozenset(values))
    workload = prometheus_workload(planned(settings_of(raw), "test"), PLACE, [])
    kept = {name: vars(Password(value, "")) for name, value in values.items()}
    (folder / "values.json").write_text(json.dumps(kept), encoding="utf-8")
    placed = write_files(workload, folder, folder / "values.json")
    (port,) = free_ports(1)
    # The path of the address that people use would be a prefix here.
    arguments = [argument for argument in placed.args if not argument.startswith("--web.external-url=")]
    login = PROMETHEUS.login
    password = (placed.secrets / login.secret).read_text(encoding="utf-8")
    log = folder / "log"
    with (
        log.open("w") as output,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", auth=(login.username, password), timeout=30) as client,
    ):
        command = [str(tool_path("prometheus")), *arguments, f"--web.listen-address=127.0.0.1:{port}"]
        process = subprocess.Popen(command, stdout=output, stderr=output)
        try:
            ready = until(
                lambda: process.poll() is not None or client.get("/-/ready").status_code == 200,
                PATIENCE,
                forgives=(httpx.HTTPError,),
            )
            assert ready is True and process.poll() is None, log.read_text(encoding="utf-8")
            yield Prometheus(client)
        finally:
            process.terminate()
            process.wait(timeout=30)
