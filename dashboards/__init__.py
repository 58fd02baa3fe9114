"""Dashboards, one file each. A module here with a `DASHBOARD` is a dashboard: nothing else registers it.

`DASHBOARD` makes it for a stack's stores of logs and traces.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import Any

from dashboards.signals import Signals


@cache
def all_dashboards(signals: Signals) -> dict[str, dict[str, Any]]:
    """Every dashboard's JSON by uid, found by importing this package's modules. Shared: not to be changed.

    Args:
        signals: where the stack's logs and traces are.

    Raises:
        ValueError: when two dashboards have the same uid.
    """
    # Only here, so that queries of logs and traces can be had without the SDK.
    from dashboards.panels import finished

    found: dict[str, dict[str, Any]] = {}
    for module in pkgutil.iter_modules(__path__):
        dashboard = getattr(importlib.import_module(f"{__name__}.{module.name}"), "DASHBOARD", None)
        if dashboard is None:
            continue
        document = finished(dashboard(signals))
        if document["uid"] in found:
            raise ValueError(f"dashboards/{module.name}.py: the uid {document['uid']} is taken")
        found[document["uid"]] = document
    return dict(sorted(found.items()))
