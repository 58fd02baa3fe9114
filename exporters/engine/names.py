"""What the folder of a container's files is called: the collector learns from it whose they are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}")
# While Compose makes a container anew, its name starts with the id of the one before.
_REPLACED = re.compile(r"^[0-9a-f]{12}_")


def folder_name(container: Mapping[str, Any]) -> str:
    """id,name,project,service; what is missing or no plain name is left empty.

    Args:
        container: as `docker inspect` tells.
    """
    labels = container["Config"].get("Labels") or {}
    name = _REPLACED.sub("", str(container["Name"]).removeprefix("/"))
    compose = (labels.get(f"com.docker.compose.{what}", "") for what in ("project", "service"))
    return ",".join((container["Id"][:12], *(text if _PLAIN.fullmatch(text) else "" for text in (name, *compose))))
