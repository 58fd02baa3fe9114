"""docs/addresses.md: every port of the stack's own programs, once."""

from __future__ import annotations

from components.endpoints import GuardedEndpoint
from components.names import endpoints, published_ports
from references.addresses import addresses_text

ROWS = [line for line in addresses_text().splitlines() if line.startswith("| ")][2:]


def test_every_endpoint_has_one_row() -> None:
    assert len(ROWS) == len(set(ROWS)) == len(endpoints())


def test_every_published_port_and_every_login_is_named() -> None:
    for key in published_ports():
        assert sum(f"| `{key}` |" in row for row in ROWS) == 1
    for endpoint in endpoints():
        if isinstance(endpoint, GuardedEndpoint):
            assert sum(f"`{endpoint.login.secret}`" in row for row in ROWS) == 1
