"""Prometheus: scrapes what the plan lists and what the stack itself runs, evaluates every metric alert."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import yaml

from catalog.alerts import LOGGED, rule_file
from catalog.kind import COMPONENT_KIND, COMPONENT_OWNER
from catalog.plan import MonitoringPlan, RecordingRule, ScrapeJob
from components.base import Component
from components.datasource import DataSource
from components.discovery import discovery_mounts
from components.endpoints import GATEWAY_OTLP_GRPC, GRAFANA, PROMETHEUS, VIEWER, Endpoint, GuardedEndpoint
from components.links import dashboards_at, with_links
from components.prometheus_config import prometheus_configuration
from components.replicas import alertmanagers, before, prometheuses, title
from components.shared import to_yaml
from components.stores import stores_of
from dashboards.signals import METRICS_SOURCE, SourceRef
from settings.access import Access, Login
from settings.model import StackSettings
from settings.secrets import SecretFile, basic_auth_users, secret_path
from settings.types import mebibytes
from workloads.place import Place
from workloads.workload import ConfigDirectory, HttpProbe, Limits, Metrics, Volume, Workload

_UPSTREAM_USER = 65534
# The rest of the volume is for the write-ahead log and for compaction, which needs room beside the blocks.
_BLOCKS_SHARE = 0.9
QUERY_PATHS = "/api/v1/(query|query_range|query_exemplars)"
"""What panels of dashboards ask, as a regular expression."""


class Prometheus(Component):
    """The metrics database and evaluator of metric alerts."""

    type_token = "monitoring:components:Prometheus"


def prometheus_workloads(plan: MonitoringPlan, place: Place, others: Sequence[Workload]) -> tuple[Workload, ...]:
    """Every Prometheus of the stack: each scrapes, stores and evaluates all of it."""
    return tuple(prometheus_workload(plan, place, others, own) for own in prometheuses(plan.settings))


def prometheus_workload(
    plan: MonitoringPlan, place: Place, others: Iterable[Workload], own: GuardedEndpoint = PROMETHEUS
) -> Workload:
    """Prometheus, configured for the plan's jobs and for the own metrics of the other workloads.

    Alerts go to every Alertmanager among the others; alone, Prometheus shows them itself.

    Args:
        plan: what is scraped and evaluated.
        place: where people reach it.
        others: the workloads of the stack that are no Prometheus.
        own: which of the replicas it is.
    """
    settings = plan.settings
    login = PROMETHEUS.login
    metrics = {PROMETHEUS.workload: Metrics(PROMETHEUS.port, basic_auth=login)}
    replicas = prometheuses(settings)
    components = {
        **{replica.workload: metrics for replica in replicas},
        **{workload.name: workload.metrics for workload in others},
    }
    jobs = [*plan.scrape_jobs, *component_jobs(components)]
    routers = [router for router in alertmanagers(settings) if router.workload in components]
    shows = dashboards_at(settings, components)
    credentials = {*(router.login.secret for router in routers), *_credentials(jobs)}
    mounts = discovery_mounts(jobs, place)
    finds_containers = any(mount.source == place.engine_socket for mount in mounts)
    writers = (store.name for store in stores_of(settings).both if PROMETHEUS.workload in store.writes_to)
    blocks = int(mebibytes(settings.prometheus.storage) * _BLOCKS_SHARE)
    label = own.workload if len(replicas) > 1 else None
    return Workload(
        name=own.workload,
        replica_of="" if own == PROMETHEUS else PROMETHEUS.workload,
        image="prometheus",
        user=_UPSTREAM_USER,
        args=(
            "--config.file=/etc/prometheus/prometheus.yml",
            f"--web.config.file={secret_path('web.yml')}",
            "--storage.tsdb.path=/prometheus",
            f"--storage.tsdb.retention.time={plan.metrics_retention}",
            f"--storage.tsdb.retention.size={blocks}MB",
            "--enable-feature=exemplar-storage",
            "--web.enable-remote-write-receiver",
            "--web.enable-otlp-receiver",
            f"--web.external-url={place.urls[PROMETHEUS.workload]}",
        ),
        config=ConfigDirectory(
            "/etc/prometheus", prometheus_files(plan, place, jobs, routers, label, dashboards=shows), reload="signal"
        ),
        secrets={
            "web.yml": basic_auth_users(login.username, login.secret),
            **{name: SecretFile.of(name) for name in sorted(credentials)},
        },
        ports=(own.listener,),
        volumes=(Volume(f"{own.workload}-data", "/prometheus", settings.prometheus.storage, "prometheus.storage"),),
        probe=HttpProbe(PROMETHEUS.port, "/-/ready", login.username, login.secret),
        limits=Limits(cpus=2, memory_mebibytes=mebibytes(settings.prometheus.memory)),
        metrics=metrics,
        after=(*(router.workload for router in routers), *before(own, replicas)),
        # The replicas scrape each other.
        clients=(
            GATEWAY_OTLP_GRPC.workload,
            GRAFANA.workload,
            VIEWER.workload,
            *writers,
            *([PROMETHEUS.workload] if label else []),
        ),
        host_mounts=mounts,
        group=place.socket_group if finds_containers else None,
        kubernetes_namespaces=_discovered_namespaces(jobs),
        # A restart replays the write-ahead log before it is ready; a stop flushes it.
        start_seconds=300,
        stop_seconds=120,
        joins_target_networks=True,
    )


def prometheus_sources(settings: StackSettings, traces: SourceRef) -> tuple[DataSource, ...]:
    """The default data source, whose exemplars lead to their traces, and one for each other replica.

    They have the same series: dashboards read the first, and the others can be asked when that does not answer.
    """
    exemplars = {"name": "trace_id", "datasourceUid": traces.uid}
    options = {"httpMethod": "POST", "exemplarTraceIdDestinations": [exemplars]}
    first, *others = prometheuses(settings)
    return (
        DataSource(METRICS_SOURCE, title(first), first, default=True, options=options),
        *(
            DataSource(replace(METRICS_SOURCE, uid=other.workload), title(other), other, options=options)
            for other in others
        ),
    )


def _credentials(jobs: Iterable[ScrapeJob]) -> Iterator[str]:
    """Names of the secrets that scraping or discovery presents."""
    for job in jobs:
        yield from job.access.secrets().values()
        if job.discovery and job.discovery.consul and job.discovery.consul.token:
            yield job.discovery.consul.token


def _discovered_namespaces(jobs: Iterable[ScrapeJob]) -> tuple[str, ...]:
    found = [job.discovery.kubernetes for job in jobs if job.discovery and job.discovery.kubernetes]
    return tuple(sorted({namespace for discovery in found for namespace in discovery.namespaces}))


def component_jobs(components: Mapping[str, Mapping[str, Metrics]]) -> list[ScrapeJob]:
    """Scrape jobs for the own metrics of each component, by workload and job name; replicas share one."""
    jobs: dict[str, ScrapeJob] = {}
    for workload, metrics in components.items():
        for name, own in metrics.items():
            job = jobs.get(name) or ScrapeJob(
                name,
                (),
                {"service": name, "kind": COMPONENT_KIND, "owner": COMPONENT_OWNER},
                metrics_path=own.path,
                access=_access(own),
            )
            jobs[name] = replace(job, targets=(*job.targets, f"{workload}:{own.port}"))
    return [*jobs.values()]


def _access(own: Metrics) -> Access:
    login = own.basic_auth
    return Access(basic_auth=Login(username=login.username, password=login.secret)) if login else Access()


def prometheus_files(
    plan: MonitoringPlan,
    place: Place,
    jobs: list[ScrapeJob],
    routers: Sequence[GuardedEndpoint],
    replica: str | None,
    *,
    dashboards: Endpoint | None,
) -> dict[str, str]:
    """Configuration and rule files by path: the shipped rules, and the generated ones beside them.

    Of rules whose alerts Grafana judges, only the recordings.

    Args:
        plan: what is scraped and evaluated.
        place: where it runs.
        jobs: what is scraped.
        routers: the Alertmanagers.
        replica: which of several it is; None where it is the only one.
        dashboards: where links of alerts to dashboards lead; None: there are none.
    """
    alerts = not plan.settings.grafana.manages_alerts
    return {
        "prometheus.yml": to_yaml(prometheus_configuration(plan, place, jobs, routers, replica)),
        **{
            f"rules/{name}": with_links(text, plan.settings, place, dashboards)
            if alerts and name != rule_file(LOGGED).name
            else without_alerts(text)
            for name, text in plan.rule_files.items()
        },
        "rules/generated-recordings.rules.yml": to_yaml(_recordings(plan.recording_rules)),
        "rules/generated-jobs.rules.yml": to_yaml(_recordings({"declared-jobs": _declared(jobs)})),
    }


def without_alerts(rules: str) -> str:
    """A rule file with its recordings alone."""
    groups = yaml.load(rules, yaml.CSafeLoader)["groups"]
    recordings = [{**group, "rules": [rule for rule in group["rules"] if "record" in rule]} for group in groups]
    return to_yaml({"groups": [group for group in recordings if group["rules"]]})


def _recordings(rules: Mapping[str, Iterable[RecordingRule]]) -> dict[str, Any]:
    return {
        "groups": [
            {
                "name": name,
                "rules": [{"record": rule.record, "expr": rule.expr, "labels": dict(rule.labels)} for rule in recorded],
            }
            for name, recorded in rules.items()
        ]
    }


def _declared(jobs: Iterable[ScrapeJob]) -> Iterator[RecordingRule]:
    """What each job should bring, for rules about what is missing and about what becomes too much."""
    for job in jobs:
        labels = {"job": job.name, **job.labels}
        yield RecordingRule("job:declared:info", "vector(1)", labels)
        yield RecordingRule("job:series_budget:count", f"vector({job.limits.series})", labels)
        replicas = job.discovery.replicas if job.discovery else len(job.targets)
        if replicas:
            yield RecordingRule("job:targets_declared:count", f"vector({replicas})", labels)
