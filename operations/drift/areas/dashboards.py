"""Dashboards as Grafana has them: those that somebody edited, removed, or put beside the stack's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.grafana_folders import FOLDER_TITLE, folders
from operations.drift.documents import differing, lines
from operations.drift.grafana import grafana
from operations.drift.stack import DriftingStack
from runtimes.drift import Compared, Difference

NAME = "dashboards"
# Grafana's own counting.
_COUNTED = frozenset({"id", "version", "iteration"})


def compare(stack: DriftingStack) -> Compared:
    """Each dashboard of the program, and further ones in its folder. Those in other folders are their owners'."""
    live, api = stack.live, grafana(stack.live)
    up = live.declared.up()
    made = folders(live.declared.program.plan, live.stores)
    wanted = {uid: board for folder in made for uid, board in folder.dashboards.items()}
    kept = api.dashboards()
    differences = [Difference("dashboard", uid, "missing", up) for uid in sorted(wanted.keys() - kept.keys())]
    for uid in sorted(kept):
        if uid not in wanted:
            if kept[uid] == FOLDER_TITLE:
                differences.append(
                    Difference("dashboard", uid, "extra", "move it to a folder of your own, or remove it")
                )
            continue
        found, about = api.dashboard(uid)
        if told := lines(differing(_without_counts(wanted[uid]), _without_counts(found))):
            saved = f"saved by {about.get('updatedBy', 'somebody')} at {about.get('updated', 'an unknown time')}"
            differences.append(Difference("dashboard", uid, "changed", up, (saved, *told)))
    return Compared(len(wanted), tuple(differences))


def _without_counts(dashboard: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in dashboard.items() if key not in _COUNTED}
