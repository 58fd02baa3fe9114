"""The words of messages: Alertmanager's templates `monitoring.*`, which are the same for every receiver of a kind."""

from __future__ import annotations

import json
from pathlib import Path

_FOLDER = Path(__file__).parent


def message_templates(timezone: str) -> dict[str, str]:
    """The template files by name.

    Args:
        timezone: of the times in messages, a name of the IANA database.
    """
    # A template can hand a value to another one but get none back, so the zone is part of the text.
    moment = f'{{{{ . | tz {json.dumps(timezone)} | date "Mon 2 Jan, 15:04 MST" }}}}'
    written = {file.name: file.read_text(encoding="utf-8") for file in sorted(_FOLDER.glob("*.tmpl"))}
    return {"time.tmpl": f'{{{{ define "monitoring.time" }}}}{moment}{{{{ end }}}}\n', **written}
