"""Health checks that run inside a container."""

from __future__ import annotations

from settings.secrets import SECRETS_DIRECTORY
from workloads.workload import HttpProbe


def login_probe(probe: HttpProbe, busybox: str = "") -> list[str]:
    """A GET with the login of `probe`, as a command.

    The password goes through pipes (`printf` is part of the shell): arguments can be read by others on the host, and
    a check made by the runtime itself would carry it in its specification.

    Args:
        probe: with user name and password file.
        busybox: path of a busybox to run each program with; empty: the programs are on the image's PATH.
    """
    run = f"{busybox} " if busybox else ""
    password = f"$({run}cat {SECRETS_DIRECTORY}/{probe.password_file})"
    login = f'printf "%s" "{probe.username}:{password}" | {run}base64 | {run}tr -d "\\n"'
    request = f'printf "GET {probe.path} HTTP/1.0\\r\\nAuthorization: Basic %s\\r\\n\\r\\n" "$({login})"'
    shell = [busybox, "sh"] if busybox else ["sh"]
    return [*shell, "-c", f'{request} | {run}nc 127.0.0.1 {probe.port} | {run}grep -q "^HTTP/1.[01] 2"']
