"""A real Alertmanager with the files of a workload."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from components.endpoints import ALERTMANAGER
from components.passwords import Password
from images.build import tool_path
from tests.programs.placed import write_files
from tests.waiting import free_ports, until
from workloads.workload import Workload

OUTSIDE = "https://alerts.example.com/here"
"""Where it says that people reach it."""
PATIENCE = 30.0
"""Seconds that it gets for anything."""


@contextmanager
def running(folder: Path, workload: Workload, values: Mapping[str, str]) -> Iterator[httpx.Client]:
    """Asks an Alertmanager that runs with a workload's files.

    Args:
        folder: of its files and of `alertmanager.log`, with the certificate `ca.pem` of an authority that it trusts.
        workload: what runs.
        values: secrets of the stack's owner.
    """
    # As they come out of a pipe, with the end of their line.
    kept = {name: vars(Password(f"{value}\n", "")) for name, value in values.items()}
    (folder / "values.json").write_text(json.dumps(kept), encoding="utf-8")
    placed = write_files(workload, folder, folder / "values.json")
    (port,) = free_ports(1)
    arguments = [argument for argument in placed.args if not argument.startswith("--web.external-url=")]
    here = (f"--web.listen-address=127.0.0.1:{port}", f"--web.external-url={OUTSIDE}", "--web.route-prefix=/")
    login = ALERTMANAGER.login
    password = (placed.secrets / login.secret).read_text(encoding="utf-8")
    log = folder / "alertmanager.log"
    environment = {"PATH": "/bin", "SSL_CERT_FILE": str(folder / "ca.pem")}
    with (
        log.open("w") as output,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", auth=(login.username, password)) as client,
    ):
        command = [str(tool_path("alertmanager")), *arguments, *here]
        process = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
        try:
            up = until(
                lambda: process.poll() is not None or client.get("/-/ready").status_code == 200,
                PATIENCE,
                forgives=(httpx.HTTPError,),
            )
            assert up is True and process.poll() is None, log.read_text(encoding="utf-8")
            yield client
        finally:
            process.terminate()
            process.wait(timeout=30)
