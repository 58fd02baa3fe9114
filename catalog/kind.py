"""What a kind of service is: its settings, what it adds to the plan, and which shipped rules are about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs

from catalog.plan import Contribution, Exporter, ScrapeJob
from settings.service import MeteredService, ScrapedService, Service

# The `kind` label of the stack's own components; no service can have it.
COMPONENT_KIND = "component"
# Whose they are, by their label `owner`: a team of that name is told about them.
COMPONENT_OWNER = "monitoring"


@dataclass(frozen=True)
class Kind:
    """One kind of service. A module of this package offers it as `KIND`.

    Attributes:
        name: what `kind:` says in the stack file.
        settings: the model of its entry in the service list.
        contribute: what an entry of this kind adds to the plan. It gets an instance of `settings`.
        rules: names of the files `rules/<name>.rules.yml` that are about services of this kind, besides
            `services`, which is about all of them.
        dashboards: names of the files `dashboards/<name>.py` that are about services of this kind, besides
            those that every stack has.
        targets_another: its `target` is the address of another program, on which it depends where that is declared.
    """

    name: str
    settings: type[Service]
    contribute: Callable[[Any], Contribution]
    rules: tuple[str, ...] = ()
    dashboards: tuple[str, ...] = ()
    targets_another: bool = False


def service_labels(service: Service) -> dict[str, str]:
    """Labels that every series of a service carries."""
    return {"service": service.name, "kind": service.kind, "owner": service.owner}


def scrape_job(service: Service, *targets: str) -> ScrapeJob:
    """The job of a service, at these addresses and within its own interval, time and limits."""
    return ScrapeJob(
        service.name,
        targets,
        service_labels(service),
        interval=service.scrape_interval,
        timeout=service.scrape_timeout,
        limits=service.limits,
    )


def scrape_jobs(service: ScrapedService, *, metrics_path: str = "/metrics") -> tuple[ScrapeJob, ...]:
    """The job that scrapes the service itself; none when another service's scrape brings its series.

    Args:
        metrics_path: with a query where it has one, which Prometheus has apart from it.
    """
    if isinstance(service, MeteredService) and service.metrics_from:
        return ()
    path, _, query = metrics_path.partition("?")
    job = replace(
        scrape_job(service, *([service.target] if service.target else [])),
        metrics_path=path,
        params={**parse_qs(query, keep_blank_values=True), **service.params},
        access=service.access(),
        discovery=service.discover,
    )
    return (job,)


def exporter_job(service: Service, exporter: Exporter) -> ScrapeJob:
    """The job that scrapes the exporter of a service."""
    return scrape_job(service, f"{exporter.name}:{exporter.port}")


def up_behind(service: Service, metric: str) -> str:
    """PromQL of `service:up` for a service behind an exporter or a probe, whose own `up` only says that they answer.

    Args:
        metric: what they say of the service: 0 while it does not answer.
    """
    series = f'{{__name__=~"up|{metric}", service="{service.name}"}}'
    return f"min(max by (job, __name__) ({series}))"


def series_of(service: Service) -> str:
    """The `service` label of the series that a service is judged by: its own, or those of another's scrape."""
    return (service.metrics_from if isinstance(service, MeteredService) else None) or service.name
