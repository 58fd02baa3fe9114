"""Which stacks have a panel or a row: conditions of `only_where`."""

from __future__ import annotations

from catalog.plan import MonitoringPlan
from dashboards.panels import Condition


def of_kinds(*kinds: str) -> Condition:
    """There is a service of one of these kinds."""

    def holds(plan: MonitoringPlan) -> bool:
        return any(service.kind in kinds for service in plan.settings.services)

    return holds


def with_rules(group: str) -> Condition:
    """The shipped rules of this group are loaded: there is a service of a kind, or a store, that they are about."""

    def holds(plan: MonitoringPlan) -> bool:
        return f"{group}.rules.yml" in plan.rule_files

    return holds


def recorded(series: str) -> Condition:
    """The catalog records this series for at least one service."""

    def holds(plan: MonitoringPlan) -> bool:
        return any(rule.record == series for rules in plan.recording_rules.values() for rule in rules)

    return holds


answers_http = recorded("service:http_requests:rate5m")
has_buckets = recorded("service:http_latency:bucket_rate5m")
has_apdex = recorded("service:http_apdex:ratio_rate5m")
has_dependencies = recorded("service:depends_on:info")
has_objectives = recorded("service:slo_objective:ratio")
