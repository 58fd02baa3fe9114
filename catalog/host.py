"""Another machine that runs a node exporter. The stack's own machine is watched without an entry."""

from __future__ import annotations

from typing import Literal

from catalog.kind import Kind, service_labels
from catalog.plan import Contribution, ScrapeJob
from settings.service import Service


class HostService(Service):
    """A host; target is its node exporter, port 9100 by convention."""

    kind: Literal["host"]


def _contribute(service: HostService) -> Contribution:
    job = ScrapeJob(service.name, (service.target,), service_labels(service), interval=service.scrape_interval)
    return Contribution(scrape_jobs=(job,))


KIND = Kind("host", HostService, _contribute)
