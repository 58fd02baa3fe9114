"""Dashboards, one file each. A module here with a `DASHBOARD` is a dashboard: nothing else registers it.

Which of them a stack has is in its plan: those of its kinds (`Kind.dashboards`), and those that every stack has.
`DASHBOARD` makes it for the stack's stores of logs and traces.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from catalog.overrides import switched_off
from catalog.plan import MonitoringPlan
from dashboards.signals import Signals

if TYPE_CHECKING:
    from dashboards.panels import Dashboard


@cache
def all_dashboards(signals: Signals) -> dict[str, dict[str, Any]]:
    """Every dashboard's JSON by uid, with every panel that some stack has. Shared: not to be changed.

    Args:
        signals: where the stack's logs and traces are.

    Raises:
        ValueError: when the uid of a dashboard is not the name of its module.
    """
    return {name: _document(name, draft) for name, draft in _drafts(signals).items()}


def dashboards_of(plan: MonitoringPlan, signals: Signals) -> dict[str, dict[str, Any]]:
    """The JSON of a plan's dashboards by uid, with the panels that apply to the plan. Shared: not to be changed.

    Args:
        plan: names them.
        signals: where the stack's logs and traces are.

    Raises:
        LookupError: when the plan names one that there is not.
        ValueError: when the uid of a dashboard is not the name of its module.
    """
    found = _drafts(signals)
    unknown = sorted(set(plan.dashboards) - found.keys())
    if unknown:
        raise LookupError(f"no dashboard {', '.join(unknown)}; there are {', '.join(found)}")
    off = switched_off(plan.settings)
    return {name: _document(name, found[name].needed_by(plan, off)) for name in plan.dashboards}


@cache
def _drafts(signals: Signals) -> dict[str, Dashboard]:
    """Every module's dashboard by the module's name."""
    found: dict[str, Dashboard] = {}
    for module in pkgutil.iter_modules(__path__):
        made = getattr(importlib.import_module(f"{__name__}.{module.name}"), "DASHBOARD", None)
        if made is not None:
            found[module.name] = made(signals)
    return dict(sorted(found.items()))


# A program asks several times, and most stacks need most dashboards alike.
@lru_cache(maxsize=256)
def _document(module: str, draft: Dashboard) -> dict[str, Any]:
    # Only here, so that queries of logs and traces can be had without the SDK.
    from dashboards.panels import finished

    document = finished(draft.laid_out())
    if document["uid"] != module:
        raise ValueError(f"dashboards/{module}.py: the uid is {document['uid']!r}, not the module's name")
    return document
