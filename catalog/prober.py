"""Who asks for probes: the stack's own blackbox exporter, and those that stand elsewhere, which are services."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from pydantic import Field

from catalog.kind import Kind, scrape_job, up_behind
from catalog.plan import Contribution, ScrapeJob
from settings.access import Access
from settings.service import OWN_PROBER, Service, TargetService
from settings.types import Address

_RESULT = "probe_success"


class ProberService(Access, TargetService):
    """A blackbox exporter that somebody else runs, at another place: probes name it in `probers` (docs/probes.md)."""

    kind: Literal["prober"]
    target: Address = Field(description="host:port of the blackbox exporter, as Prometheus reaches it.")


def _contribute(service: ProberService) -> Contribution:
    """Its own metrics, which say that it is there whatever it finds."""
    return Contribution(scrape_jobs=(replace(scrape_job(service, service.target), access=service.access()),))


def probe_jobs(
    service: Service, target: str, module: str, probers: Sequence[str] = (OWN_PROBER,)
) -> tuple[ScrapeJob, ...]:
    """One job for each prober, whose name is a label; the first of them is called as the service is.

    Args:
        service: what the probe is declared as.
        target: what is probed.
        module: of the blackbox exporter.
        probers: names of who asks.
    """
    job = replace(scrape_job(service, target), probe_module=module)
    return tuple(
        replace(
            job,
            name=f"{service.name}/{prober}" if position else service.name,
            labels={**job.labels, "prober": prober},
        )
        for position, prober in enumerate(probers)
    )


def asked_through(elsewhere: Mapping[str, ProberService], job: ScrapeJob) -> ScrapeJob:
    """The job by way of its prober, where that is none of the stack's own.

    Args:
        elsewhere: probers by name.
        job: any job of the plan.
    """
    prober = elsewhere.get(job.labels.get("prober", ""))
    return replace(job, exporter=prober.target, access=prober.access()) if prober else job


def up_as_seen(service: Service, probers: Sequence[str] = (OWN_PROBER,)) -> str:
    """PromQL of `service:up` for what is probed: not up where most of the probers that answer say so, or none does."""
    if len(probers) == 1:
        return up_behind(service, _RESULT)
    series = f'{{service="{service.name}"}}'
    return f"avg({_RESULT}{series}) >= bool 0.5 or 0 * max(up{series})"


KIND = Kind("prober", ProberService, _contribute)
