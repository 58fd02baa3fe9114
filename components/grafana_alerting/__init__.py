"""Grafana judges and routes alerts itself: rules, contact points, policies, times, inhibitions, words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumiverse_grafana as grafana

from alerting.messages.managed import managed_templates
from alerting.relations import Relations
from alerting.routing import routing
from catalog.plan import MonitoringPlan
from components.grafana_alerting.contacts import contact_points
from components.grafana_alerting.groups import write_groups
from components.grafana_alerting.inhibition import inhibition_rules
from components.grafana_alerting.policy import mute_timings, notification_policy
from components.grafana_alerting.rules import rule_groups
from components.secrets import Secrets
from workloads.place import Place


@dataclass(frozen=True)
class GrafanaAlertingArgs:
    """What Grafana's alerting is made from.

    Attributes:
        plan: the rules, and who is told.
        place: where people reach what links lead to.
        secrets: for the contact points.
        after: Grafana's content, with the data source and the folder of the rules.
    """

    plan: MonitoringPlan
    place: Place
    secrets: Secrets
    after: Sequence[pulumi.Resource]


class GrafanaAlerting(pulumi.ComponentResource):
    """Alerting through the Grafana provider of `opts.providers`, from the same plan that Alertmanager is written from.

    Nothing may be changed in Grafana's pages: what Pulumi writes, Grafana marks as provisioned. The policy comes after
    what it names; when it is removed, Grafana's own default comes back.
    """

    def __init__(self, name: str, args: GrafanaAlertingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Write the rules, and everything about who is told."""
        super().__init__("monitoring:components:GrafanaAlerting", name, None, opts)
        options = pulumi.ResourceOptions(parent=self, depends_on=list(args.after))
        write_groups(name, rule_groups(args.plan, args.place), options)
        told = self._told(name, args, options)
        tree = routing(args.plan)
        grafana.alerting.NotificationPolicy(
            f"{name}-policy",
            **notification_policy(tree, args.plan.settings.alerting.default),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*args.after, *told]),
        )
        for uid, spec in inhibition_rules(args.plan).items():
            grafana.alerting.v1beta1.NotificationsInhibitionRule(
                f"{name}-{uid}", metadata={"uid": uid}, spec=spec, opts=options
            )
        self.register_outputs({})

    def _told(
        self, name: str, args: GrafanaAlertingArgs, options: pulumi.ResourceOptions
    ) -> list[pulumi.CustomResource]:
        """What policies name: contact points after the words that they say, and times."""
        settings = args.plan.settings
        templates = [
            grafana.alerting.MessageTemplate(f"{name}-{template}", name=template, template=text, opts=options)
            for template, text in managed_templates(settings.alerting.timezone, Relations(args.plan).needed_by).items()
        ]
        after = pulumi.ResourceOptions(parent=self, depends_on=[*args.after, *templates])
        points = [
            grafana.alerting.ContactPoint(f"{name}-{receiver}", name=receiver, **integrations, opts=after)
            for receiver, integrations in contact_points(settings, args.secrets).items()
        ]
        times = [
            grafana.alerting.MuteTiming(
                f"{name}-{time.replace(' ', '-')}", name=time, intervals=intervals, opts=options
            )
            for time, intervals in mute_timings(routing(args.plan)).items()
        ]
        return [*points, *times]
