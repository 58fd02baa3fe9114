"""The health check with a login, run by a shell as a container runs it."""

from __future__ import annotations

import base64
import os
import subprocess
from pathlib import Path

import pytest

from runtimes.probes import login_probe
from settings.secrets import SECRETS_DIRECTORY
from workloads.workload import HttpProbe

PROBE = HttpProbe(9090, "/-/ready", "admin", "prometheusPassword")
# So long that base64 breaks its line, with what a shell or printf would change.
PASSWORD = "$HOME %s \\n " * 8


@pytest.fixture
def answering(tmp_path: Path) -> Path:
    """A machine whose `nc` writes down what it is sent, and with which arguments, and answers what `answer` holds."""
    (tmp_path / "prometheusPassword").write_text(PASSWORD, encoding="utf-8")
    nc = tmp_path / "nc"
    nc.write_text(f'#!/bin/sh\necho "$*" > {tmp_path}/asked\ncat > {tmp_path}/sent\ncat {tmp_path}/answer\n')
    nc.chmod(0o755)
    return tmp_path


def status(machine: Path, answer: str) -> int:
    (machine / "answer").write_text(answer, encoding="utf-8")
    command = [part.replace(SECRETS_DIRECTORY, str(machine)) for part in login_probe(PROBE)]
    environment = {"PATH": f"{machine}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(command, env=environment, check=False, timeout=10).returncode


@pytest.mark.parametrize(
    ("answer", "healthy"),
    [
        ("HTTP/1.1 200 OK\r\n\r\nReady.", True),
        ("HTTP/1.0 204 No Content\r\n\r\n", True),
        ("HTTP/1.1 503 Service Unavailable\r\n\r\n2 of 3 are ready", False),
        ("HTTP/1.1 401 Unauthorized\r\n\r\n", False),
        ("", False),
    ],
)
def test_only_an_answer_of_success_is_health(answering: Path, answer: str, healthy: bool) -> None:
    assert (status(answering, answer) == 0) is healthy


def test_it_asks_its_own_port_with_the_whole_password_on_one_line(answering: Path) -> None:
    status(answering, "HTTP/1.1 200 OK\r\n\r\n")
    login = base64.b64encode(f"admin:{PASSWORD}".rstrip("\n").encode()).decode()
    assert (answering / "asked").read_text(encoding="utf-8") == "127.0.0.1 9090\n"
    assert (answering / "sent").read_bytes().decode() == (
        f"GET /-/ready HTTP/1.0\r\nAuthorization: Basic {login}\r\n\r\n"
    )


def test_no_argument_holds_the_password_and_each_program_can_be_a_busyboxs() -> None:
    shell, command = login_probe(PROBE, "/tools/busybox")[:3], login_probe(PROBE, "/tools/busybox")[-1]
    assert shell == ["/tools/busybox", "sh", "-c"]
    assert f"cat {SECRETS_DIRECTORY}/prometheusPassword" in command
    programs = [part for part in command.replace("$(", "| ").split("| ") if not part.strip('"').startswith("printf")]
    assert all(part.startswith("/tools/busybox ") for part in programs)
