"""RabbitMQ nodes with the plugin rabbitmq_prometheus (port 15692)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from catalog.kind import Kind, scrape_jobs
from catalog.plan import Contribution
from settings.service import ScrapedService


class RabbitmqService(ScrapedService):
    """RabbitMQ; target is a node's metrics, port 15692 by convention. Several nodes: `discover`."""

    kind: Literal["rabbitmq"]
    per_queue: bool = Field(
        default=False,
        description="Series for each queue, connection and channel instead of one sum; mind `limits.series`.",
    )


def _contribute(service: RabbitmqService) -> Contribution:
    path = "/metrics/per-object" if service.per_queue else "/metrics"
    return Contribution(scrape_jobs=scrape_jobs(service, metrics_path=path))


KIND = Kind("rabbitmq", RabbitmqService, _contribute, ("rabbitmq",), dashboards=("rabbitmq",))
