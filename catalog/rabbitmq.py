"""RabbitMQ nodes with the plugin rabbitmq_prometheus (port 15692)."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from pydantic import Field

from catalog.kind import Kind, scrape_jobs
from catalog.plan import Contribution
from settings.service import ScrapedService

_ALARMS = "rabbitmq_alarms_.+"


class RabbitmqService(ScrapedService):
    """RabbitMQ; target is a node's metrics, port 15692 by convention. Several nodes: `discover`."""

    kind: Literal["rabbitmq"]
    per_queue: bool = Field(
        default=False,
        description="Series for each queue, connection and channel instead of one sum; mind `limits.series`. The "
        "node's alarms are scraped beside them.",
    )


def _contribute(service: RabbitmqService) -> Contribution:
    whole = scrape_jobs(service)
    if not service.per_queue:
        return Contribution(scrape_jobs=whole)
    # What a node says of each queue is without its alarms, which only the sums have beside them. No service can have
    # this name, so no other job can.
    alarms = (replace(job, name=f"{service.name}/alarms", keep=_ALARMS) for job in whole)
    return Contribution(scrape_jobs=(*scrape_jobs(service, metrics_path="/metrics/per-object"), *alarms))


KIND = Kind("rabbitmq", RabbitmqService, _contribute, ("rabbitmq",), dashboards=("rabbitmq",))
