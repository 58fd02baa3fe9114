"""A team's own view: the dashboard of all services, limited to those that the team owns."""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import deepcopy
from typing import Any
from zlib import crc32

TEAM_VIEW_OF = "services"
"""The dashboard that teams have a view of."""
_TAG = "monitoring-team"
_LONGEST = 40
_CHOICE = "service"
_SELECTOR = re.compile(r"\bservice:up(?:\{(?P<matchers>[^}]*)\})?")


def team_view(dashboard: Mapping[str, Any], team: str) -> dict[str, Any]:
    """A finished dashboard with a choice of the team's services alone.

    Its tag is another one, so that lists of the shared dashboards do not grow with every team.

    Args:
        dashboard: has a variable `service`, which asks for the label of `service:up`.
        team: the label `owner` of its services.

    Raises:
        ValueError: when there is no such variable.
    """
    view = deepcopy(dict(dashboard))
    view |= {"uid": short(f"{dashboard['uid']}-{team}"), "title": f"{dashboard['title']} of {team}", "tags": [_TAG]}
    choices = [found for found in view["templating"]["list"] if found["name"] == _CHOICE]
    if not choices or not all(_SELECTOR.search(_query(found)) for found in choices):
        raise ValueError(f"{dashboard['uid']}: no variable {_CHOICE} that asks for service:up")
    for choice in choices:
        choice["query"] = choice["definition"] = _limited(_query(choice), team)
    return view


def short(uid: str) -> str:
    """A uid of at most 40 characters, which is what Grafana takes."""
    return uid if len(uid) <= _LONGEST else f"{uid[: _LONGEST - 9]}-{crc32(uid.encode()):08x}"


def _query(variable: Mapping[str, Any]) -> str:
    return str(variable["query"])


def _limited(query: str, team: str) -> str:
    def selector(found: re.Match[str]) -> str:
        matchers = [found["matchers"], f'owner="{team}"'] if found["matchers"] else [f'owner="{team}"']
        return f"service:up{{{', '.join(matchers)}}}"

    return _SELECTOR.sub(selector, query)
