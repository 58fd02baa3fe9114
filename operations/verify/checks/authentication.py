"""Published programs refuse a request without a password, and take one with it."""

from __future__ import annotations

from functools import partial

import httpx

from components.endpoints import GuardedEndpoint
from components.names import endpoints
from operations.verify.live import Live
from operations.verify.rows import Check, Row, failed, not_yet, passed


def checks(live: Live) -> list[Check]:
    """One row for each program of the stack that asks for a login."""
    present = {workload.name for workload in live.declared.program.workloads}
    guarded = (found for found in endpoints() if isinstance(found, GuardedEndpoint) and found.workload in present)
    return [
        Check.one(f"login {endpoint.workload}", partial(_row, live, endpoint))
        for endpoint in sorted(guarded, key=lambda endpoint: endpoint.workload)
    ]


def _row(live: Live, endpoint: GuardedEndpoint, name: str) -> Row:
    component, url = endpoint.workload, live.health.address(endpoint)
    address = f"{url}{endpoint.guarded_path}"
    password = live.health.password(component, endpoint.login.secret)
    try:
        without = live.http.get(address).status_code
        with_password = live.http.get(address, auth=(endpoint.login.username, password)).status_code
    except httpx.HTTPError as error:
        what = f"{component} does not answer at {url} ({type(error).__name__})"
        return not_yet(name, f"{what}: {live.logs(component)} says more.")
    up = live.declared.up()
    if without not in (401, 403):
        what = f"answers {without} without a password, to every user of this machine"
        return failed(name, f"{what}: run {up}, which writes its web configuration anew.")
    if with_password != 200:
        return failed(name, f"answers {with_password} with its password: run {up}, which writes it anew.")
    return passed(name, f"{without} without its password, 200 with it")
