"""Another machine that runs a node exporter. The stack's own machine is watched without an entry."""

from __future__ import annotations

from typing import Literal

from catalog.kind import Kind, scrape_jobs
from catalog.plan import Contribution
from settings.service import ScrapedService


class HostService(ScrapedService):
    """A host; target is its node exporter, port 9100 by convention."""

    kind: Literal["host"]


def _contribute(service: HostService) -> Contribution:
    # Each host is its own: one that does not answer is not made up for by the others.
    return Contribution(scrape_jobs=scrape_jobs(service), up=f'min(up{{service="{service.name}"}})')


KIND = Kind("host", HostService, _contribute, ("host",))
