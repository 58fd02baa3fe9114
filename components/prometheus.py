"""Prometheus: scrapes what the plan lists and what the stack itself runs, evaluates every metric alert."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from catalog.kind import COMPONENT_KIND
from catalog.plan import MonitoringPlan, RecordingRule, ScrapeJob
from components.base import Component
from components.shared import ADMIN, ALERTMANAGER_LOGIN, PROMETHEUS_LOGIN, basic_auth, to_yaml
from runtimes.workload import ConfigDirectory, HttpProbe, Limits, Metrics, Port, Volume, Workload, mebibytes
from settings.secrets import SecretFile, basic_auth_users

PORT = 9090
_RULES = Path(__file__).resolve().parent.parent / "rules"
_UPSTREAM_USER = 65534
# The rest of the volume is for the write-ahead log and for compaction, which needs room beside the blocks.
_BLOCKS_SHARE = 0.9


class Prometheus(Component):
    """The metrics database and evaluator of metric alerts."""

    type_token = "monitoring:components:Prometheus"


def prometheus_workload(plan: MonitoringPlan, others: Iterable[Workload]) -> Workload:
    """Prometheus, configured for the plan's jobs and for the own metrics of the other workloads."""
    settings = plan.settings
    own = {"prometheus": Metrics(PORT, basic_auth=PROMETHEUS_LOGIN)}
    components = {"prometheus": own, **{workload.name: workload.metrics for workload in others}}
    jobs = [*plan.scrape_jobs, *component_jobs(components)]
    logins = {login.secret: login for job in jobs if (login := job.basic_auth)}
    logins[ALERTMANAGER_LOGIN.secret] = ALERTMANAGER_LOGIN
    blocks = int(mebibytes(settings.prometheus.storage) * _BLOCKS_SHARE)
    return Workload(
        name="prometheus",
        image="prometheus",
        user=_UPSTREAM_USER,
        args=(
            "--config.file=/etc/prometheus/prometheus.yml",
            "--web.config.file=/run/secrets/web.yml",
            "--storage.tsdb.path=/prometheus",
            f"--storage.tsdb.retention.time={settings.retention.metrics}",
            f"--storage.tsdb.retention.size={blocks}MB",
            "--enable-feature=exemplar-storage",
            "--web.enable-remote-write-receiver",
            "--web.external-url=" + f"http://127.0.0.1:{settings.docker.ports.prometheus}",
        ),
        config=ConfigDirectory("/etc/prometheus", prometheus_files(plan, jobs), reload="signal"),
        secrets={
            "web.yml": basic_auth_users(ADMIN, PROMETHEUS_LOGIN.secret),
            **{name: SecretFile.of(name) for name in sorted(logins)},
        },
        ports=(Port("http", PORT, settings.docker.ports.prometheus),),
        volumes=(Volume("prometheus-data", "/prometheus", settings.prometheus.storage),),
        probe=HttpProbe(PORT, "/-/ready", ADMIN, PROMETHEUS_LOGIN.secret),
        limits=Limits(cpus=2, memory_mebibytes=mebibytes(settings.prometheus.memory)),
        metrics=own,
        after=("alertmanager",),
        clients=("grafana", "tempo"),
        # A restart replays the write-ahead log before it is ready; a stop flushes it.
        start_seconds=300,
        stop_seconds=120,
        reads_targets=True,
    )


def component_jobs(components: Mapping[str, Mapping[str, Metrics]]) -> list[ScrapeJob]:
    """Scrape jobs for the own metrics of each component, by workload and job name."""
    return [
        ScrapeJob(
            job,
            (f"{workload}:{own.port}",),
            {"service": job, "kind": COMPONENT_KIND, "owner": "monitoring"},
            metrics_path=own.path,
            basic_auth=own.basic_auth,
        )
        for workload, metrics in components.items()
        for job, own in metrics.items()
    ]


def prometheus_files(plan: MonitoringPlan, jobs: list[ScrapeJob]) -> dict[str, str]:
    """Configuration and rule files by path: the shipped rules as they are, the generated ones beside them."""
    files = {"prometheus.yml": to_yaml(_configuration(plan, jobs))}
    for path in sorted(_RULES.glob("*.rules.yml")):
        files[f"rules/{path.name}"] = path.read_text(encoding="utf-8")
    files["rules/generated-recordings.rules.yml"] = to_yaml(_recordings(plan.recording_rules))
    files["rules/generated-guards.rules.yml"] = to_yaml(_guards(jobs))
    return files


def _configuration(plan: MonitoringPlan, jobs: Iterable[ScrapeJob]) -> dict[str, Any]:
    settings = plan.settings.prometheus
    return {
        "global": {
            "scrape_interval": settings.scrape_interval,
            "evaluation_interval": settings.evaluation_interval,
            "external_labels": {"environment": plan.environment},
        },
        "rule_files": ["rules/*.rules.yml"],
        "alerting": {
            "alertmanagers": [
                {
                    "basic_auth": basic_auth(ALERTMANAGER_LOGIN),
                    "static_configs": [{"targets": ["alertmanager:9093"]}],
                }
            ]
        },
        "scrape_configs": [_scrape_config(job) for job in jobs],
    }


def _scrape_config(job: ScrapeJob) -> dict[str, Any]:
    config: dict[str, Any] = {"job_name": job.name}
    if job.interval:
        config["scrape_interval"] = job.interval
    config["metrics_path"] = "/probe" if job.probe_module else job.metrics_path
    config |= {"sample_limit": job.sample_limit, "body_size_limit": job.body_size_limit}
    if job.basic_auth:
        config["basic_auth"] = basic_auth(job.basic_auth)
    config["static_configs"] = [{"targets": list(job.targets), "labels": dict(job.labels)}]
    if job.probe_module:
        config["params"] = {"module": [job.probe_module]}
        config["relabel_configs"] = [
            {"source_labels": ["__address__"], "target_label": "__param_target"},
            {"source_labels": ["__param_target"], "target_label": "instance"},
            {"target_label": "__address__", "replacement": "blackbox-exporter:9115"},
        ]
    return config


def _recordings(rules: Mapping[str, Iterable[RecordingRule]]) -> dict[str, Any]:
    return {
        "groups": [
            {
                "name": f"service-{service}",
                "rules": [{"record": rule.record, "expr": rule.expr, "labels": dict(rule.labels)} for rule in recorded],
            }
            for service, recorded in rules.items()
        ]
    }


def _guards(jobs: Iterable[ScrapeJob]) -> dict[str, Any]:
    """One absent-guard for each declared job: a target that vanishes altogether has no `up` to be 0."""
    return {
        "groups": [
            {
                "name": "declared-jobs",
                "rules": [
                    {
                        "alert": "JobMissing",
                        "expr": f'absent(up{{job="{job.name}"}})',
                        "for": "5m",
                        "labels": {"severity": "critical", **job.labels},
                        "annotations": {
                            "summary": f"{job.name} is declared but Prometheus has no target for it",
                            "description": f'up{{job="{job.name}"}} has had no sample for 5 minutes: it is unwatched.',
                            "runbook": "runbooks/JobMissing.md",
                            "dashboard": f"/d/services/services?var-service={job.name}",
                        },
                    }
                    for job in jobs
                ],
            }
        ]
    }
