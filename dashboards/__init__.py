"""Dashboards, one file each. A module here with a `DASHBOARD` is a dashboard: nothing else registers it.

Which of them a stack has is in its plan: those of its kinds (`Kind.dashboards`), and those that every stack has.
`DASHBOARD` makes it for the stack's stores of logs and traces.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import Any

from catalog.plan import MonitoringPlan
from dashboards.signals import Signals


@cache
def all_dashboards(signals: Signals) -> dict[str, dict[str, Any]]:
    """Every dashboard's JSON by uid, found by importing this package's modules. Shared: not to be changed.

    Args:
        signals: where the stack's logs and traces are.

    Raises:
        ValueError: when the uid of a dashboard is not the name of its module.
    """
    # Only here, so that queries of logs and traces can be had without the SDK.
    from dashboards.panels import finished

    found: dict[str, dict[str, Any]] = {}
    for module in pkgutil.iter_modules(__path__):
        dashboard = getattr(importlib.import_module(f"{__name__}.{module.name}"), "DASHBOARD", None)
        if dashboard is None:
            continue
        document = finished(dashboard(signals))
        if document["uid"] != module.name:
            raise ValueError(f"dashboards/{module.name}.py: the uid is {document['uid']!r}, not the module's name")
        found[module.name] = document
    return dict(sorted(found.items()))


def dashboards_of(plan: MonitoringPlan, signals: Signals) -> dict[str, dict[str, Any]]:
    """The JSON of a plan's dashboards by uid. Shared: not to be changed.

    Args:
        plan: names them.
        signals: where the stack's logs and traces are.

    Raises:
        LookupError: when the plan names one that there is not.
    """
    found = all_dashboards(signals)
    unknown = sorted(set(plan.dashboards) - found.keys())
    if unknown:
        raise LookupError(f"no dashboard {', '.join(unknown)}; there are {', '.join(found)}")
    return {name: found[name] for name in plan.dashboards}
