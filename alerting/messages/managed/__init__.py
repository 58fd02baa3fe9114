"""The words of messages for Grafana: the same templates, by the names that Grafana gives their functions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from alerting.messages import message_templates

_FOLDER = Path(__file__).parent
# HTML is no use in Grafana: it escapes that of e-mail, and escapes nothing for Telegram.
_LEFT_OUT = frozenset({"html.tmpl"})
_ACTION = re.compile(r"\{\{-? ?/\*.*?\*/ ?-?\}\}|\{\{.*?\}\}", re.DOTALL)
_TEXT = re.compile(r'("(?:\\.|[^"\\])*")')
_NAMES = {"dict": "coll.Dict", "list": "coll.Slice"}
_NAME = re.compile(rf"(?<![\w.$])({'|'.join(_NAMES)})\b")
# Alertmanager takes the list first, Grafana last.
_APPEND = re.compile(r"(?<![\w.$])append (\S+) (\S+)")
# Grafana looks for `{{ define` and puts one of its own around a text in which it finds none: `{{- define` it overlooks.
_DEFINE = re.compile(r"^\{\{-? ?define\b")


def managed_templates(timezone: str, needed_by: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """The templates by the name of their group.

    Args:
        timezone: of the times in messages, a name of the IANA database.
        needed_by: by service, those that fail with it.
    """
    own = {file.name: file.read_text(encoding="utf-8") for file in sorted(_FOLDER.glob("*.tmpl"))}
    shared = {file: text for file, text in message_templates(timezone, needed_by).items() if file not in _LEFT_OUT}
    return {
        f"monitoring.{file.removesuffix('.tmpl')}": in_grafana(text) for file, text in sorted({**shared, **own}.items())
    }


def in_grafana(template: str) -> str:
    """A template of Alertmanager as Grafana reads it."""
    return _ACTION.sub(lambda found: _action(found[0]), template)


def _action(action: str) -> str:
    if "/*" in action:
        return action
    # Every second part is a text in quotes.
    parts = _TEXT.split(action)
    parts[::2] = [
        _NAME.sub(lambda found: _NAMES[found[1]], _APPEND.sub(r"coll.Append \2 \1", part)) for part in parts[::2]
    ]
    return _DEFINE.sub("{{ define", "".join(parts))
