"""Who has not read changed files yet. It outlives a run that fails, so that the next one goes on from there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from runtimes.files import replace_file


class Unread:
    """Readers of changed files: when each had started, by name. A reader that started again has read them."""

    def __init__(self, path: Path) -> None:
        """Args: path: the JSON file that keeps them; its folder must exist when something is added."""
        self._path = path
        self._started: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

    def __bool__(self) -> bool:
        return bool(self._started)

    def __contains__(self, name: str) -> bool:
        return name in self._started

    def add(self, readers: Mapping[str, str]) -> None:
        """Keep readers, before their files change."""
        self._keep(self._started | dict(readers))

    def forget_restarted(self, started: Mapping[str, str]) -> None:
        """Drop every reader that does not run as it did when it was added.

        Args:
            started: when each reader that runs now started, by name.
        """
        self._keep({name: time for name, time in self._started.items() if started.get(name) == time})

    def forget(self, name: str) -> None:
        """Drop a reader that has read its files."""
        self._keep({other: time for other, time in self._started.items() if other != name})

    def _keep(self, started: dict[str, str]) -> None:
        if started != self._started:
            self._started = started
            replace_file(self._path, json.dumps(started, indent=2, sort_keys=True))
