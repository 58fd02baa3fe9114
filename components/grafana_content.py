"""Grafana's content through its provider: data sources, a folder, dashboards."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pulumi
import pulumiverse_grafana as grafana

from components.endpoints import GRAFANA
from components.secrets import Secrets
from dashboards import all_dashboards
from dashboards.datasources import FOLDER_TITLE, FOLDER_UID, datasources


class GrafanaContent(pulumi.ComponentResource):
    """What Grafana shows. Everything comes after a healthy Grafana: the provider cannot take a refused connection."""

    def __init__(
        self,
        name: str,
        *,
        url: str,
        secrets: Secrets,
        present: frozenset[str],
        after: Sequence[pulumi.Resource],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Write the content.

        Args:
            name: resource name.
            url: how the provider reaches Grafana.
            secrets: for the admin's password and the data sources' logins.
            present: names of the workloads that run; data sources of others are left out.
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
        for source in datasources():
            if source.component in present:
                grafana.oss.DataSource(
                    f"{name}-{source.uid}",
                    name=source.name,
                    uid=source.uid,
                    type=source.type,
                    url=source.url,
                    access_mode="proxy",
                    is_default=source.default,
                    basic_auth_enabled=source.login is not None,
                    basic_auth_username=source.login.username if source.login else None,
                    json_data_encoded=json.dumps(source.options, sort_keys=True),
                    secure_json_data_encoded=(
                        secrets.value(source.login.secret).apply(
                            lambda password: json.dumps({"basicAuthPassword": password})
                        )
                        if source.login
                        else None
                    ),
                    opts=options,
                )
        folder = grafana.oss.Folder(f"{name}-folder", title=FOLDER_TITLE, uid=FOLDER_UID, opts=options)
        for uid, dashboard in all_dashboards().items():
            grafana.oss.Dashboard(
                f"{name}-{uid}",
                folder=folder.uid,
                config_json=json.dumps(dashboard, sort_keys=True),
                opts=options,
            )
        self.register_outputs({})
