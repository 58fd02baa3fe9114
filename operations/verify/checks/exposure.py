"""Nothing of the stack can be reached from another machine."""

from __future__ import annotations

from functools import partial
from ipaddress import ip_address

from operations.verify.engine import ContainerState
from operations.verify.live import Live
from operations.verify.rows import Check, Row, counted, failed, passed


def checks(live: Live) -> list[Check]:
    """One row for all containers."""
    return [Check.one("published on loopback only", partial(_row, live))]


def _row(live: Live, name: str) -> Row:
    containers = live.engine.containers(live.declared.stack).values()
    exposed = [sentence for state in containers for sentence in _exposed(state)]
    if exposed:
        return failed(name, f"{'; '.join(exposed)}: run {live.declared.up()}.")
    published = sum(len(state.published) for state in containers)
    return passed(name, f"{counted(published, 'port')} of {counted(len(containers), 'container')}")


def _exposed(state: ContainerState) -> list[str]:
    found = [
        f"{state.name} publishes {inside} on {host or 'all addresses'}:{port}"
        for (host, port), inside in state.published
        if not _is_loopback(host)
    ]
    return [*found, f"{state.name} uses the host's network"] if state.host_network else found


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
