"""The file of one stream of a container. Its last lines say how far it is written, so nothing else has to."""

from __future__ import annotations

import codecs
import json
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

# So many bytes, and as many of the file before; a line that is longer is still written whole.
LARGEST_FILE = 4 * 1024 * 1024


@dataclass
class OutputFolder:
    """The folder of a container's files, which moves when the container is renamed."""

    path: Path
    lock: threading.Lock = field(default_factory=threading.Lock)

    def move(self, path: Path) -> None:
        """Take the files along."""
        with self.lock:
            if path != self.path:
                self.path.rename(path)
                self.path = path


@dataclass(frozen=True)
class Sent:
    """What an engine sends at once: a line, or a part of one. Parts that are not the last end without a line break.

    Attributes:
        time: RFC 3339, as the engine writes it.
    """

    time: str
    text: bytes

    @property
    def seconds(self) -> float:
        """Since 1970, to the microsecond."""
        return datetime.fromisoformat(self.time).timestamp()


class Output:
    """Appends entries that are not written yet.

    An engine that is asked again sends entries from a time on, in the same order: those that were written are the ones
    before the last time, and as many of that time as the file ends with.
    """

    def __init__(self, folder: OutputFolder, name: str, stream: str, *, ends_missing: bool = False) -> None:
        """Open it where it ended.

        Args:
            folder: where the file is.
            name: of the file.
            stream: stdout or stderr.
            ends_missing: the last part of a line may have no line break, and all parts of a line have one time.
        """
        self._folder, self._name, self._stream, self._ends_missing = folder, name, stream, ends_missing
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._time, self._count, self._unfinished = self._ending()
        self._passed = 0
        self._is_new = not self._time
        self._mend()

    @property
    def since(self) -> float | None:
        """The time of the last entry that was written; None: there is none."""
        return Sent(self._time, b"").seconds if self._time else None

    def again(self) -> None:
        """The engine is asked again, from `since` on."""
        self._passed, self._is_new = 0, not self._time

    def write(self, entry: Sent) -> None:
        """Append an entry, unless it was written before."""
        if not self._is_new and self._was_written(entry):
            return
        self._is_new = True
        lines = b""
        if self._unfinished and self._ends_missing and entry.time != self._time:
            lines += self._line(self._time, b"\n")
        lines += self._line(entry.time, entry.text)
        with self._folder.lock:
            # Only between two times: the file always ends with all entries of the last.
            if entry.time != self._time and _size(self._path) + len(lines) > LARGEST_FILE:
                self._path.replace(self._before)
            _append(self._path, lines)
        self._count = self._count + 1 if entry.time == self._time else 1
        self._time, self._unfinished = entry.time, not entry.text.endswith(b"\n")

    def _was_written(self, entry: Sent) -> bool:
        if entry.time == self._time:
            self._passed += 1
            return self._passed <= self._count
        return not self._passed and entry.seconds <= (self.since or 0)

    @property
    def _path(self) -> Path:
        return self._folder.path / self._name

    @property
    def _before(self) -> Path:
        return self._folder.path / f"{self._name}.1"

    def _line(self, time: str, text: bytes) -> bytes:
        # A character may stand in two parts.
        decoded = self._decoder.decode(text, final=text.endswith(b"\n"))
        return json.dumps({"log": decoded, "stream": self._stream, "time": time}).encode() + b"\n"

    def _ending(self) -> tuple[str, int, bool]:
        """The last time, how many entries have it, and whether the last is no end of a line."""
        time, count, unfinished = "", 0, False
        for written in self._backwards():
            if time and written["time"] != time:
                break
            if not time:
                time, unfinished = written["time"], not written["log"].endswith("\n")
            count += 1
        return time, count, unfinished

    def _backwards(self) -> Iterator[dict[str, str]]:
        for path in (self._path, self._before):
            lines = path.read_bytes().splitlines() if path.exists() else []
            for line in reversed(lines):
                try:
                    yield json.loads(line)
                except ValueError:
                    continue  # cut off when the program was killed; it is asked for again

    def _mend(self) -> None:
        """End a line that was cut off: the next one must not go on with it."""
        if self._path.exists() and not self._path.read_bytes().endswith(b"\n") and _size(self._path):
            _append(self._path, b"\n")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _append(path: Path, lines: bytes) -> None:
    # In one call of the system's, so that the reader sees whole lines.
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(descriptor, lines)
    finally:
        os.close(descriptor)
