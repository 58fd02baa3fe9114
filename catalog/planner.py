"""Settings → plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from catalog import kinds
from catalog.alerts import ALWAYS
from catalog.kind import series_of, service_labels
from catalog.look_back import furthest
from catalog.overrides import declared, dependencies, rule_files
from catalog.plan import Contribution, MonitoringPlan, RecordingRule, ScrapeJob
from catalog.prober import ProberService, asked_through
from catalog.slo import ServiceWithObjectives
from settings.model import StackSettings
from settings.service import Service

# Dashboards that every stack has.
_ALWAYS_SHOWN = ("alerts", "infrastructure", "logs", "overview", "services", "sla", "stack", "traces")
# Where a service has objectives.
_OF_OBJECTIVES = "slo"


def plan_for(
    settings: StackSettings,
    stack: str,
    *,
    rules: Iterable[str] = (),
    recordings: Mapping[str, tuple[RecordingRule, ...]] = MappingProxyType({}),
) -> MonitoringPlan:
    """Ask the kind of every service what it adds, in the order of the list.

    Args:
        settings: what to monitor.
        stack: the Pulumi stack's name.
        rules: groups of rules about components that only some stacks have.
        recordings: generated recordings that those rules read, by component.
    """
    contributions = [(service, kinds()[service.kind].contribute(service)) for service in settings.services]
    recorded = {
        service.name: (
            declared(service),
            *dependencies(service),
            *added.recording_rules,
            # The last: it may read what is recorded before it.
            _up(service, added),
        )
        for service, added in contributions
    } | dict(recordings)
    files = rule_files(sorted({*_rule_groups(settings.services), *rules}), settings)
    return MonitoringPlan(
        stack=stack,
        environment=settings.environment or stack,
        settings=settings,
        scrape_jobs=_scrape_jobs(contributions),
        exporters=tuple(exporter for _, added in contributions for exporter in added.exporters),
        recording_rules=recorded,
        rule_files=files,
        dashboards=_dashboards(settings.services),
        probe_modules={name: module for _, added in contributions for name, module in added.probe_modules.items()},
        probe_secrets=frozenset(secret for _, added in contributions for secret in added.probe_secrets),
        looks_back=furthest(
            files.values(), [(rule.record, rule.expr) for group in recorded.values() for rule in group]
        ),
    )


def _scrape_jobs(contributions: Iterable[tuple[Service, Contribution]]) -> tuple[ScrapeJob, ...]:
    """Every job, with the forms of histograms that whoever reads its series needs, and by way of its prober."""
    contributions = [*contributions]
    forms: dict[str, frozenset[str]] = {}
    for service, added in contributions:
        source = series_of(service)
        forms[source] = forms.get(source, frozenset()) | added.histograms
    elsewhere = {service.name: service for service, _ in contributions if isinstance(service, ProberService)}
    return tuple(
        replace(
            asked_through(elsewhere, job), native_histograms="native" in read, classic_too={"native", "classic"} <= read
        )
        for _, added in contributions
        for job in added.scrape_jobs
        for read in [forms.get(job.name, frozenset())]
    )


def _up(service: Service, added: Contribution) -> RecordingRule:
    """One series for each service, whatever its kind, that says whether it is up."""
    expression = added.up or f'max(up{{service="{series_of(service)}"}})'
    return RecordingRule("service:up", expression, service_labels(service))


def _rule_groups(services: Iterable[Service]) -> set[str]:
    """Groups about everything, and those of the kinds in use: an alert that cannot fire is only in the way."""
    used = {group for service in services for group in kinds()[service.kind].rules}
    return used | set(ALWAYS)


def _dashboards(services: Iterable[Service]) -> tuple[str, ...]:
    used = {name for service in services for name in kinds()[service.kind].dashboards}
    if any(isinstance(service, ServiceWithObjectives) and service.slo for service in services):
        used.add(_OF_OBJECTIVES)
    return tuple(sorted(used | set(_ALWAYS_SHOWN)))
