"""Groups of rules in their folders, through the provider."""

from __future__ import annotations

from collections.abc import Iterable

import pulumi
import pulumiverse_grafana as grafana

from components.grafana_alerting.rules import RuleGroup
from components.grafana_folders import FOLDER_TITLE, FOLDER_UID


def write_groups(name: str, groups: Iterable[RuleGroup], options: pulumi.ResourceOptions) -> None:
    """Make the groups, and a folder for each set of overridden alerts.

    Args:
        name: what the resources' names begin with.
        groups: from `rule_groups`.
        options: of every resource.
    """
    found = tuple(groups)
    folders: dict[int, pulumi.Input[str]] = {1: FOLDER_UID}
    for copy in sorted({group.copy for group in found} - {1}):
        uid = f"{FOLDER_UID}-{copy}"
        made = grafana.oss.Folder(f"{name}-folder-{copy}", title=folder_title(copy), uid=uid, opts=options)
        folders[copy] = made.uid
    for group in found:
        grafana.alerting.RuleGroup(
            f"{name}-{group.name}-{group.copy}",
            name=group.name,
            folder_uid=folders[group.copy],
            interval_seconds=group.interval,
            rules=list(group.rules),
            opts=options,
        )


def folder_title(copy: int) -> str:
    """The folder of a group's rules; copies of an alert, which overrides made, have one each."""
    return FOLDER_TITLE if copy == 1 else f"{FOLDER_TITLE}: overridden alerts {copy}"
