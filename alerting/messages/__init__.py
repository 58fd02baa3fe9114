"""The words of messages: Alertmanager's templates `monitoring.*`, which are the same for every receiver of a kind."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

_FOLDER = Path(__file__).parent
# So that they fit into a line or two on a phone.
_MOST_NEEDING = 5


def message_templates(timezone: str, needed_by: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """The template files by name.

    Args:
        timezone: of the times in messages, a name of the IANA database.
        needed_by: by service, those that fail with it. A page about it names them: their own alerts are held back.
    """
    # A template can hand a value to another one but get none back, so the zone is part of the text.
    moment = f'{{{{ . | tz {json.dumps(timezone)} | date "Mon 2 Jan, 15:04 MST" }}}}'
    written = {file.name: file.read_text(encoding="utf-8") for file in sorted(_FOLDER.glob("*.tmpl"))}
    return {
        "needing.tmpl": f'{{{{ define "monitoring.needing" }}}}{_needing(needed_by)}{{{{ end }}}}\n',
        "time.tmpl": f'{{{{ define "monitoring.time" }}}}{moment}{{{{ end }}}}\n',
        **written,
    }


def _needing(needed_by: Mapping[str, Sequence[str]]) -> str:
    """What names them in a message. Names of services have no character that any markup knows."""
    if not needed_by:
        return ""
    named = " ".join(f"{json.dumps(name)} {json.dumps(_named(needing))}" for name, needing in needed_by.items())
    found = f"{{{{ with index (dict {named}) .service }}}}Needed by {{{{ . }}}}{{{{ $break }}}}{{{{ end }}}}"
    return f"{{{{ $break := .break }}}}{found}"


def _named(needing: Sequence[str]) -> str:
    named = ", ".join(needing[:_MOST_NEEDING])
    return f"{named} and {len(needing) - _MOST_NEEDING} more" if len(needing) > _MOST_NEEDING else named
