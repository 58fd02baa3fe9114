"""Uptime probes through the blackbox exporter: what a caller sees, from outside the service."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from catalog.kind import Kind, service_labels
from catalog.plan import Contribution, ScrapeJob
from settings.service import Service
from settings.types import UrlPath

ProbeProtocol = Literal["http", "https", "tcp", "tls"]


class ProbeService(Service):
    """Something to probe: an HTTP(S) URL, or a TCP port with or without TLS."""

    kind: Literal["probe"]
    protocol: ProbeProtocol = Field(default="http", description="What the probe speaks.")
    path: UrlPath = Field(default="/", description="Path of an HTTP(S) probe.")


def _contribute(service: ProbeService) -> Contribution:
    is_http = service.protocol in ("http", "https")
    target = f"{service.protocol}://{service.target}{service.path}" if is_http else service.target
    job = ScrapeJob(
        service.name,
        (target,),
        service_labels(service),
        interval=service.scrape_interval,
        probe_module="http" if is_http else service.protocol,
    )
    return Contribution(scrape_jobs=(job,))


KIND = Kind("probe", ProbeService, _contribute)
