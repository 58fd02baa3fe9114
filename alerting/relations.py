"""Who fails with whom: what services say of each other, and what their addresses say beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from catalog import kinds
from catalog.kind import series_of
from catalog.plan import MonitoringPlan
from settings.service import OWN_MACHINE, MeteredService, Service
from settings.syntax import host_of

# What is where others are, and is not what is meant by an address there.
_BESIDE = ("host", "container", "prober")


@dataclass(frozen=True)
class Relations:
    """The services of a plan as a graph without circles, in which failures spread."""

    plan: MonitoringPlan

    @property
    def services(self) -> tuple[Service, ...]:
        """Every service, in the order of the stack file."""
        return self.plan.settings.services

    @cached_property
    def needs(self) -> Mapping[str, frozenset[str]]:
        """What each service needs directly: what it names, then what its addresses say and what it names allows."""
        needs = {service.name: frozenset(self._named(service)) for service in self.services}
        for service in self.services:
            for other in self._derived(service):
                # What is said wins: a derived edge the other way round would make two outages silence each other.
                if service.name not in _reached(needs, other):
                    needs[service.name] |= {other}
        return needs

    @cached_property
    def _dependents(self) -> Mapping[str, tuple[str, ...]]:
        needed_by: dict[str, list[str]] = {}
        for service in sorted(self.needs):
            for other in _reached(self.needs, service) - {service}:
                needed_by.setdefault(other, []).append(service)
        return {name: tuple(services) for name, services in needed_by.items()}

    def dependents(self, name: str) -> tuple[str, ...]:
        """Services that fail when this service or machine fails, directly or through others."""
        return self._dependents.get(name, ())

    @cached_property
    def needed_by(self) -> Mapping[str, tuple[str, ...]]:
        """The dependents of each that has any, but for what only looks at it: probes, and series of its own scrape."""
        looking = {
            service.name
            for service in self.services
            if kinds()[service.kind].targets_another or series_of(service) != service.name
        }
        found = {
            name: tuple(each for each in dependents if each not in looking)
            for name, dependents in sorted(self._dependents.items())
        }
        return {name: needing for name, needing in found.items() if needing}

    def probes(self, name: str) -> tuple[str, ...]:
        """Probes that look at this service from outside."""
        return tuple(
            service.name
            for service in self.services
            if kinds()[service.kind].targets_another and name in self.needs[service.name]
        )

    def is_asked_itself(self, service: Service) -> bool:
        """Whether its own scrape reaches the service, and not an exporter or a probe that speaks for it."""
        target = getattr(service, "target", None)
        return service.kind != "container" and any(
            job.probe_module is None and (job.discovery is not None or target in job.targets)
            for job in self.plan.scrape_jobs
            if job.name == service.name
        )

    @cached_property
    def probers(self) -> Mapping[str, frozenset[str]]:
        """Who speaks for each service that is probed."""
        found: dict[str, frozenset[str]] = {}
        for job in self.plan.scrape_jobs:
            if job.probe_module:
                probed = job.labels["service"]
                found[probed] = found.get(probed, frozenset()) | {job.labels["prober"]}
        return found

    @property
    def own_containers(self) -> tuple[str, ...]:
        """Services that are containers on the stack's own machine."""
        return tuple(sorted(each.name for each in self.services if each.kind == "container" and _target(each) is None))

    @property
    def further_jobs(self) -> tuple[str, ...]:
        """Jobs beside a service's own, which tell of a part of it."""
        return tuple(sorted(job.name for job in self.plan.scrape_jobs if job.name != job.labels["service"]))

    def _named(self, service: Service) -> Iterator[str]:
        yield from service.depends_on
        if service.runs_on:
            yield service.runs_on

    def _derived(self, service: Service) -> Iterator[str]:
        if isinstance(service, MeteredService) and service.metrics_from:
            yield service.metrics_from
        if service.runs_on is None:
            yield from self._machine(service)
        if kinds()[service.kind].targets_another:
            yield from self._targeted(service)

    def _machine(self, service: Service) -> Iterator[str]:
        if service.kind == "host":
            return
        target = _target(service)
        if target is not None:
            yield from (each.name for each in self._hosts() if _host(_target(each)) == _host(target))
        elif service.kind == "container" and self.plan.settings.runtime_section.one_machine:
            yield OWN_MACHINE

    def _targeted(self, service: Service) -> Iterable[str]:
        """Whose address its target is; failing that, the one service that is declared at that host."""
        others = [
            each
            for each in self.services
            if not kinds()[each.kind].targets_another and each.kind not in _BESIDE and _target(each)
        ]
        exact = [each.name for each in others if _target(each) == _target(service)]
        near = [each.name for each in others if _host(_target(each)) == _host(_target(service))]
        return exact or (near if len(near) == 1 else [])

    def _hosts(self) -> Iterator[Service]:
        return (each for each in self.services if each.kind == "host" and _target(each))


def _reached(needs: Mapping[str, frozenset[str]], start: str) -> frozenset[str]:
    """Everything that is needed from here on, directly or through others."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        new = needs.get(waiting.pop(), frozenset()) - found
        found |= new
        waiting += new
    return frozenset(found)


def _target(service: Service) -> str | None:
    target: str | None = getattr(service, "target", None)
    return target


def _host(target: str | None) -> str:
    return host_of(target or "").lower()
