"""Grafana's content through its provider: data sources, a folder, dashboards."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pulumi
import pulumiverse_grafana as grafana

from catalog.plan import MonitoringPlan
from components.endpoints import GRAFANA, GuardedEndpoint
from components.grafana import FOLDER_TITLE, FOLDER_UID, datasources
from components.secrets import Secrets
from components.stores import stores_of
from dashboards import dashboards_of


class GrafanaContent(pulumi.ComponentResource):
    """What Grafana shows. Everything comes after a healthy Grafana: the provider cannot take a refused connection."""

    def __init__(
        self,
        name: str,
        plan: MonitoringPlan,
        *,
        url: str,
        secrets: Secrets,
        after: Sequence[pulumi.Resource],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Write the content.

        Args:
            name: resource name.
            plan: which dashboards to write, and which stores the data sources are of.
            url: how the provider reaches Grafana.
            secrets: for the admin's password and the data sources' logins.
            after: Grafana's own resources.
        """
        super().__init__("monitoring:components:GrafanaContent", name, None, opts)
        provider = grafana.Provider(
            f"{name}-provider",
            url=url,
            auth=pulumi.Output.concat(f"{GRAFANA.login.username}:", secrets.value(GRAFANA.login.secret)),
            retries=10,
            retry_wait=3,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(after)),
        )
        options = pulumi.ResourceOptions(parent=self, provider=provider, depends_on=list(after))
        stores = stores_of(plan.settings)
        for source in datasources(stores):
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
                    secrets.value(login.secret).apply(lambda password: json.dumps({"basicAuthPassword": password}))
                    if login
                    else None
                ),
                opts=options,
            )
        folder = grafana.oss.Folder(f"{name}-folder", title=FOLDER_TITLE, uid=FOLDER_UID, opts=options)
        for uid, dashboard in dashboards_of(plan, stores).items():
            grafana.oss.Dashboard(
                f"{name}-{uid}",
                folder=folder.uid,
                config_json=json.dumps(dashboard, sort_keys=True),
                opts=options,
            )
        self.register_outputs({})
