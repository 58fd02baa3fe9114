"""`prometheus.yml`: what is scraped, how its targets are found, and what they may send."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from catalog.http_client import login_options, tls_options
from catalog.plan import MonitoringPlan, ScrapeJob
from components.discovery import discovery_config
from components.endpoints import BLACKBOX_EXPORTER, GuardedEndpoint
from components.shared import basic_auth
from settings.access import Access
from settings.secrets import secret_path
from settings.service import ScrapeLimits
from workloads.place import Place

# The label that Prometheus Operator uses, which other programs of long-term storage look for too.
_REPLICA = "prometheus_replica"


def prometheus_configuration(
    plan: MonitoringPlan,
    place: Place,
    jobs: Iterable[ScrapeJob],
    routers: Sequence[GuardedEndpoint],
    replica: str | None,
) -> dict[str, Any]:
    """The configuration file as a document.

    Args:
        plan: what is scraped.
        place: where it runs.
        jobs: what is scraped, in the order that it gets.
        routers: where alerts go, to each of them: that is how Alertmanager's replicas agree on what is sent.
        replica: tells this Prometheus from others that do the same; None where there are none.
    """
    settings = plan.settings.prometheus
    external = {"environment": plan.environment}
    if replica:
        external[_REPLICA] = replica
    return {
        "global": {
            "scrape_interval": settings.scrape_interval,
            "evaluation_interval": settings.evaluation_interval,
            "external_labels": external,
        },
        "rule_files": ["rules/*.rules.yml"],
        **({"alerting": _alerting(routers, replica)} if routers else {}),
        # What OpenTelemetry services push may come late: collectors queue and try again.
        "storage": {"tsdb": {"out_of_order_time_window": "10m"}},
        "otlp": {"promote_resource_attributes": ["service.version", "deployment.environment.name"]},
        "scrape_configs": [_scrape_config(job, place) for job in jobs],
    }


def _alerting(routers: Sequence[GuardedEndpoint], replica: str | None) -> dict[str, Any]:
    targets = [router.address for router in routers]
    # Without it an alert is another one for each Prometheus, and is told as often.
    same = {"alert_relabel_configs": [{"action": "labeldrop", "regex": _REPLICA}]} if replica else {}
    login = basic_auth(routers[0].login)
    return {**same, "alertmanagers": [{"basic_auth": login, "static_configs": [{"targets": targets}]}]}


def _scrape_config(job: ScrapeJob, place: Place) -> dict[str, Any]:
    config: dict[str, Any] = {"job_name": job.name}
    if job.interval:
        config["scrape_interval"] = job.interval
    if job.timeout:
        config["scrape_timeout"] = job.timeout
    config["metrics_path"] = "/probe" if job.probe_module else job.metrics_path
    if job.params:
        config["params"] = {name: list(values) for name, values in job.params.items()}
    if job.native_histograms:
        config["scrape_native_histograms"] = True
    if job.classic_too:
        config["always_scrape_classic_histograms"] = True
    # Programs that send their page as application/json, or say nothing of its type, are read as they mostly mean it.
    config["fallback_scrape_protocol"] = "PrometheusText0.0.4"
    config |= _limits(job.limits)
    config |= _access(job.access)
    if job.keep:
        config["metric_relabel_configs"] = [{"source_labels": ["__name__"], "regex": job.keep, "action": "keep"}]
    if job.discovery:
        return config | discovery_config(job.name, job.discovery, job.labels, place)
    config["static_configs"] = [{"targets": list(job.targets), "labels": dict(job.labels)}]
    if job.probe_module:
        config["params"] = {"module": [job.probe_module]}
    if asked := job.exporter or (BLACKBOX_EXPORTER.address if job.probe_module else None):
        config["relabel_configs"] = [
            {"source_labels": ["__address__"], "target_label": "__param_target"},
            {"source_labels": ["__param_target"], "target_label": "instance"},
            {"target_label": "__address__", "replacement": asked},
        ]
    return config


def _access(access: Access) -> dict[str, Any]:
    """How targets are asked. What is secret is read from its file at every scrape."""
    headers = {name: {"values": [value]} for name, value in access.headers.items()}
    headers |= {name: {"files": [secret_path(secret)]} for name, secret in access.secret_headers.items()}
    return {
        **({"scheme": "https"} if access.encrypted else {}),
        **tls_options(access.tls),
        **login_options(access.basic_auth, access.bearer_token),
        **({"http_headers": headers} if headers else {}),
        **({"proxy_url": access.proxy} if access.proxy else {}),
    }


def _limits(limits: ScrapeLimits) -> Mapping[str, Any]:
    return {
        "sample_limit": limits.series,
        "label_limit": limits.labels,
        "label_value_length_limit": limits.label_value_length,
        "target_limit": limits.targets,
        "body_size_limit": f"{limits.body}B",
    }
