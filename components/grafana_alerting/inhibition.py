"""Inhibitions as Grafana has them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from zlib import crc32

from alerting.edges import Edge
from alerting.inhibition import edges
from catalog.plan import MonitoringPlan
from components.grafana_alerting.policy import matching


def inhibition_rules(plan: MonitoringPlan) -> Mapping[str, Any]:
    """The specification of the provider's `NotificationsInhibitionRule` by its uid.

    The uid is made of the edge alone, so that it stays when others come and go.
    """
    return {
        _uid(edge): {
            "source_matchers": [matching(matcher, "type") for matcher in edge.source],
            "target_matchers": [matching(matcher, "type") for matcher in edge.target],
            "equals": [*edge.equal_labels],
        }
        for edge in edges(plan)
    }


def _uid(edge: Edge) -> str:
    """At most 40 characters, which is what Grafana takes."""
    about = re.sub(r"[^a-z0-9]+", "-", f"{edge.relation}-{edge.about}".lower()).strip("-")
    return f"{about[:31].rstrip('-')}-{crc32(str(edge.rule).encode()):08x}"
