"""Published programs refuse a request without a password, and take one with it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import httpx

from components.program import published_urls
from components.shared import ADMIN, ALERTMANAGER_LOGIN, PROMETHEUS_LOGIN
from operations.verify.live import Live
from operations.verify.rows import Check, Row, failed, not_yet, passed


@dataclass(frozen=True)
class _Login:
    """How a program is asked: a path that tells something, and the secret file with the password."""

    path: str
    file: str


_LOGINS = {
    "prometheus": _Login("/api/v1/status/buildinfo", PROMETHEUS_LOGIN.secret),
    "alertmanager": _Login("/api/v2/status", ALERTMANAGER_LOGIN.secret),
    "grafana": _Login("/api/org", "admin-password"),
}


def checks(live: Live) -> list[Check]:
    """One row for each published program that people look at."""
    urls = published_urls(live.declared.settings, live.declared.program.workloads)
    return [
        Check.one(f"login {component}", partial(_row, live, component, url, _LOGINS[component]))
        for component, url in sorted(urls.items())
        if component in _LOGINS
    ]


def _row(live: Live, component: str, url: str, login: _Login, name: str) -> Row:
    address = f"{url}{login.path}"
    password = live.declared.password(component, login.file)
    try:
        without = live.http.get(address).status_code
        with_password = live.http.get(address, auth=(ADMIN, password)).status_code
    except httpx.HTTPError as error:
        what = f"{component} does not answer at {url} ({type(error).__name__})"
        return not_yet(name, f"{what}: {live.declared.logs(component)} says more.")
    up = live.declared.up()
    if without not in (401, 403):
        what = f"answers {without} without a password, to every user of this machine"
        return failed(name, f"{what}: run {up}, which writes its web configuration anew.")
    if with_password != 200:
        return failed(name, f"answers {with_password} with its password: run {up}, which writes it anew.")
    return passed(name, f"{without} without its password, 200 with it")
