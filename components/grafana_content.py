"""Grafana's content through its provider: data sources, folders and who may do what there, dashboards, an account."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pulumi
import pulumiverse_grafana as grafana
from pulumiverse_grafana.oss import FolderPermissionPermissionArgs as Permission

from catalog.plan import MonitoringPlan
from components.datasource import DataSource
from components.grafana_folders import GrafanaFolder, folders
from components.grafana_sources import datasources
from components.secrets import Secrets
from components.stores.store import Stores


@dataclass(frozen=True)
class GrafanaContentArgs:
    """What Grafana's content is made from.

    Attributes:
        plan: which dashboards there are.
        secrets: for the data sources' logins.
        stores: where logs and traces are.
        after: Grafana's own resources; none where it is there already.
    """

    plan: MonitoringPlan
    secrets: Secrets
    stores: Stores
    after: Sequence[pulumi.Resource]


class GrafanaContent(pulumi.ComponentResource):
    """What Grafana shows, through the Grafana provider of `opts.providers`.

    Everything comes after a healthy Grafana: the provider cannot take a refused connection.

    Attributes:
        token: what the service account presents; None without one.
    """

    token: pulumi.Output[str] | None

    def __init__(self, name: str, args: GrafanaContentArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Write the content."""
        super().__init__("monitoring:components:GrafanaContent", name, None, opts)
        options = pulumi.ResourceOptions(parent=self, depends_on=list(args.after))
        self._data_sources(name, args, options)
        for folder in folders(args.plan, args.stores):
            self._folder(name, folder, options)
        self.token = self._token(name, args.plan, options)
        self.register_outputs({})

    def _data_sources(self, name: str, args: GrafanaContentArgs, options: pulumi.ResourceOptions) -> None:
        """The first before the others: a Grafana without data sources makes any of those written at once the default.

        Which one is the default is the owner's to say in a Grafana that is there already.
        """
        first, *others = datasources(args.plan.settings, args.stores)
        if not args.plan.settings.grafana.is_own:
            theirs = pulumi.ResourceOptions(ignore_changes=["is_default"])
            options = pulumi.ResourceOptions.merge(options, theirs)
            first = replace(first, default=False)
        made = self._data_source(name, first, args.secrets, options)
        after = pulumi.ResourceOptions.merge(options, pulumi.ResourceOptions(depends_on=[made]))
        for source in others:
            self._data_source(name, source, args.secrets, after)

    def _data_source(
        self, name: str, source: DataSource, secrets: Secrets, options: pulumi.ResourceOptions
    ) -> pulumi.Resource:
        login = source.login
        return grafana.oss.DataSource(
            f"{name}-{source.ref.uid}",
            name=source.name,
            uid=source.ref.uid,
            type=source.ref.type,
            url=source.url,
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

    def _folder(self, name: str, folder: GrafanaFolder, options: pulumi.ResourceOptions) -> None:
        # The first had its name before there were others.
        suffix = folder.uid if folder.team else "folder"
        made = grafana.oss.Folder(f"{name}-{suffix}", title=folder.title, uid=folder.uid, opts=options)
        # Whoever may edit elsewhere only reads what the next deployment would write again.
        permissions = [Permission(role=role, permission="View") for role in ("Viewer", "Editor")]
        if folder.team:
            members = pulumi.ResourceOptions.merge(
                options, pulumi.ResourceOptions(ignore_changes=["members", "admins"])
            )
            team = grafana.oss.Team(f"{name}-{suffix}-members", name=folder.team, opts=members)
            permissions.append(Permission(team_id=team.id, permission="Edit"))
        grafana.oss.FolderPermission(
            f"{name}-{suffix}-permissions", folder_uid=made.uid, permissions=permissions, opts=options
        )
        for uid, dashboard in folder.dashboards.items():
            grafana.oss.Dashboard(
                f"{name}-{uid}",
                folder=made.uid,
                config_json=json.dumps(dashboard, sort_keys=True),
                opts=options,
            )

    def _token(self, name: str, plan: MonitoringPlan, options: pulumi.ResourceOptions) -> pulumi.Output[str] | None:
        role = plan.settings.grafana.service_account
        if role is None:
            return None
        account = grafana.oss.ServiceAccount(f"{name}-account", name=name, role=role, opts=options)
        token = grafana.oss.ServiceAccountToken(
            f"{name}-account-token", name=name, service_account_id=account.id, opts=options
        )
        return pulumi.Output.secret(token.key)
