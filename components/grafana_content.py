"""Grafana's content through its provider: data sources, a folder, dashboards."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumiverse_grafana as grafana

from catalog.plan import MonitoringPlan
from components.endpoints import GuardedEndpoint
from components.grafana import FOLDER_TITLE, FOLDER_UID, datasources
from components.secrets import Secrets
from components.stores.store import Stores
from dashboards import dashboards_of


@dataclass(frozen=True)
class GrafanaContentArgs:
    """What Grafana's content is made from.

    Attributes:
        plan: which dashboards there are.
        secrets: for the data sources' logins.
        stores: where logs and traces are.
        after: Grafana's own resources.
    """

    plan: MonitoringPlan
    secrets: Secrets
    stores: Stores
    after: Sequence[pulumi.Resource]


class GrafanaContent(pulumi.ComponentResource):
    """What Grafana shows, through the Grafana provider of `opts.providers`.

    Everything comes after a healthy Grafana: the provider cannot take a refused connection.
    """

    def __init__(self, name: str, args: GrafanaContentArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Write the content."""
        super().__init__("monitoring:components:GrafanaContent", name, None, opts)
        options = pulumi.ResourceOptions(parent=self, depends_on=list(args.after))
        for source in datasources(args.plan.settings, args.stores):
            login = source.endpoint.login if isinstance(source.endpoint, GuardedEndpoint) else None
            grafana.oss.DataSource(
                f"{name}-{source.ref.uid}",
                name=source.name,
                uid=source.ref.uid,
                type=source.ref.type,
                url=source.endpoint.url,
                access_mode="proxy",
                is_default=source.default,
                basic_auth_enabled=login is not None,
                basic_auth_username=login.username if login else None,
                json_data_encoded=json.dumps(source.options, sort_keys=True),
                secure_json_data_encoded=(
                    args.secrets.value(login.secret).apply(lambda password: json.dumps({"basicAuthPassword": password}))
                    if login
                    else None
                ),
                opts=options,
            )
        folder = grafana.oss.Folder(f"{name}-folder", title=FOLDER_TITLE, uid=FOLDER_UID, opts=options)
        for uid, dashboard in dashboards_of(args.plan, args.stores).items():
            grafana.oss.Dashboard(
                f"{name}-{uid}",
                folder=folder.uid,
                config_json=json.dumps(dashboard, sort_keys=True),
                opts=options,
            )
        self.register_outputs({})
