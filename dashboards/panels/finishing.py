"""The JSON that is deployed: the SDK's object, with what the SDK leaves set right."""

from __future__ import annotations

import json
import re
from itertools import count
from string import ascii_uppercase
from typing import Any

from dashboards import sdk
from dashboards.queries import panels_of
from dashboards.sdk import models

_UID = re.compile(r"[a-zA-Z0-9_-]{1,40}")


def finished(dashboard: models.Dashboard) -> dict[str, Any]:
    """The dashboard as JSON that Grafana gives back unchanged, with keys in order and no nulls.

    What the SDK leaves is set right: panels get ids, queries letters; links and annotations are where readers look
    for them, not in a menu; a legend that is laid out is shown; a panel has a field configuration.

    Raises:
        ValueError: when the dashboard has no usable uid or no title.
    """
    document: dict[str, Any] = _without_nulls(json.loads(json.dumps(dashboard, cls=sdk.JSONEncoder)))
    uid = document.get("uid", "")
    if not _UID.fullmatch(uid):
        raise ValueError(f"dashboard {document.get('title')!r}: the uid {uid!r} is not 1 to 40 of a-z A-Z 0-9 - _")
    if not document.get("title"):
        raise ValueError(f"dashboard {uid}: no title")
    document.pop("id", None)
    ids = count(1)
    for panel in document.get("panels", []):
        panel["id"] = next(ids)
        for nested in panel.get("panels", []):
            nested["id"] = next(ids)
    for panel in panels_of(document):
        _finish_panel(panel)
    for shown in (*document.get("links", []), *document.get("annotations", {}).get("list", [])):
        shown.pop("placement", None)
    result: dict[str, Any] = _sorted(document)
    return result


def _finish_panel(panel: dict[str, Any]) -> None:
    defaults = panel.setdefault("fieldConfig", {}).setdefault("defaults", {})
    properties = [each for one in panel["fieldConfig"].setdefault("overrides", []) for each in one["properties"]]
    of_columns = [link for each in properties if each["id"] == "links" for link in each["value"]]
    for link in (*panel.get("links", []), *defaults.get("links", []), *of_columns):
        link.pop("placement", None)
    legend = panel.get("options", {}).get("legend")
    if legend is not None and "displayMode" in legend:
        legend["showLegend"] = legend["displayMode"] != "hidden"
    if "repeat" not in panel:
        panel.pop("repeatDirection", None)
    taken = {target.get("refId") for target in panel.get("targets", [])}
    letters = (letter for letter in ascii_uppercase if letter not in taken)
    for target in panel.get("targets", []):
        if "refId" not in target:
            target["refId"] = next(letters)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value if item is not None]
    return value


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [_sorted(item) for item in value]
    return value
