"""docs/addresses.md: every port of the stack's own programs, taken from the one table of them."""

from __future__ import annotations

from pathlib import Path

from components.demo import DEMO_ENDPOINTS
from components.endpoints import Endpoint, GuardedEndpoint
from components.names import endpoints

ADDRESSES_FILE = Path(__file__).resolve().parent.parent / "docs" / "addresses.md"
_INTRODUCTION = """# Addresses

Written by `make schema` from `components/endpoints.py`, `components/stores/` and `components/demo.py`; do not edit.

A program is reached under its name by the others of its stack. What people or applications reach has a key: on Docker
it is published on 127.0.0.1, at the port that `docker.ports.<key>` says, by default its own with `docker.port_offset`
added, which is 0 for the stack dev and follows the name of any other; on Kubernetes it is open to the pods of every
namespace. Everything else is for the stack alone. The address that links show is `prometheus.url`,
`alertmanager.url` and `grafana.url` where the stack file says one. A stack has only the stores that it chose, and the
demo's programs only when `demo.enabled` is true.
"""


def addresses_text() -> str:
    """The page as Markdown: a line for each port, in the order of the table."""
    header = ("| address | port's name | reached by | key | login |", "| --- | --- | --- | --- | --- |")
    return "\n".join([_INTRODUCTION, *header, *map(_row, endpoints())]) + "\n"


def _row(endpoint: Endpoint) -> str:
    key = f"`{endpoint.published_as}`" if endpoint.published_as else ""
    login = f"{endpoint.login.username}, `{endpoint.login.secret}`" if isinstance(endpoint, GuardedEndpoint) else ""
    part = f"{endpoint.address} (demo)" if endpoint in DEMO_ENDPOINTS else endpoint.address
    return f"| {part} | {endpoint.name} | {endpoint.reach} | {key} | {login} |"
