"""The stack file against the one that was deployed last: what its owner changed since, and did not bring up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from operations.drift.documents import differing, lines
from operations.drift.stack import DriftingStack
from runtimes.drift import Compared, Difference
from runtimes.health import NoWayError
from settings.stackfile import PROJECT

NAME = "settings"
_IMAGES = f"{PROJECT}:images"


def compare(stack: DriftingStack) -> Compared:
    """Each key of the stack file."""
    if not stack.wanted.effective_file.is_file():
        raise NoWayError("no command of this project has kept the stack file that it deployed.")
    kept = yaml.load(stack.wanted.effective_file.read_text(encoding="utf-8"), yaml.CSafeLoader)
    wanted, deployed = _settings(stack.wanted.document()), _settings(kept)
    differences = [
        Difference("setting", key, "changed", stack.live.declared.up(), found)
        for key in sorted(wanted.keys() | deployed.keys())
        if (found := lines(differing(wanted.get(key), deployed.get(key), path=key)))
    ]
    return Compared(len(wanted), tuple(differences))


def _settings(document: Mapping[str, Any]) -> dict[str, Any]:
    settings = {key: _without_secrets(value) for key, value in document["config"].items()}
    # `make up` takes them from where it can.
    images = dict(settings.pop(_IMAGES, None) or {})
    images.pop("source", None)
    return settings | ({_IMAGES: images} if images else {})


def _without_secrets(value: Any) -> Any:
    """An encrypted value is told by that alone: the engine encrypts it anew whenever it is set."""
    if isinstance(value, Mapping):
        return (
            "a secret" if value.keys() == {"secure"} else {key: _without_secrets(found) for key, found in value.items()}
        )
    return [_without_secrets(found) for found in value] if isinstance(value, list) else value
