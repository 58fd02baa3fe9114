"""Alerts on logs where Alertmanager routes: Grafana evaluates them, and tells the stack's Alertmanagers alone.

Each rule names whom it tells, so that Grafana's own tree of policies stays as it is: it may be that of others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pulumi
import pulumiverse_grafana as grafana

from catalog.plan import MonitoringPlan
from components.datasource import DataSource
from components.grafana_alerting.groups import write_groups
from components.grafana_alerting.rules import RuleGroup, rule_groups
from components.grafana_sources import datasources
from components.secrets import Secrets
from components.stores import stores_of
from workloads.place import Place

CONTACT_POINT = "alertmanager"
TOLD: Mapping[str, Any] = {
    "contact_point": CONTACT_POINT,
    # Alertmanager groups and repeats them as its routes say. What is not sent again for four minutes it takes for over.
    "group_bies": ["..."],
    "group_wait": "1s",
    "group_interval": "1m",
    "repeat_interval": "1m",
}
"""`notification_settings` of each rule."""


@dataclass(frozen=True)
class GrafanaLogAlertsArgs:
    """What alerts on logs are made from.

    Attributes:
        plan: the rules.
        place: where people reach what links lead to.
        secrets: for the logins of Alertmanagers.
        after: Grafana's content, with the data sources and the folder of the rules.
    """

    plan: MonitoringPlan
    place: Place
    secrets: Secrets
    after: Sequence[pulumi.Resource]


class GrafanaLogAlerts(pulumi.ComponentResource):
    """Alerts on logs through the Grafana provider of `opts.providers`."""

    def __init__(self, name: str, args: GrafanaLogAlertsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Write the rules, and the contact point that they name."""
        super().__init__("monitoring:components:GrafanaLogAlerts", name, None, opts)
        told = grafana.alerting.ContactPoint(
            f"{name}-{CONTACT_POINT}",
            name=CONTACT_POINT,
            alertmanagers=[_integration(router, args.secrets) for router in routers(args.plan)],
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.after)),
        )
        after = pulumi.ResourceOptions(parent=self, depends_on=[*args.after, told])
        write_groups(name, log_rule_groups(args.plan, args.place), after)
        self.register_outputs({})


def routers(plan: MonitoringPlan) -> tuple[DataSource, ...]:
    """Every Alertmanager, where Grafana reaches it."""
    found = datasources(plan.settings, stores_of(plan.settings))
    return tuple(source for source in found if source.ref.type == "alertmanager")


def log_rule_groups(plan: MonitoringPlan, place: Place) -> tuple[RuleGroup, ...]:
    """The groups of rules, each rule with whom it tells."""
    return tuple(
        replace(group, rules=tuple({**rule, "notification_settings": TOLD} for rule in group.rules))
        for group in rule_groups(plan, place)
    )


def _integration(router: DataSource, secrets: Secrets) -> grafana.alerting.ContactPointAlertmanagerArgs:
    login = router.login
    return grafana.alerting.ContactPointAlertmanagerArgs(
        url=router.url,
        basic_auth_user=login.username if login else None,
        basic_auth_password=secrets.value(login.secret) if login else None,
    )
