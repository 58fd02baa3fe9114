"""Hold MEBIBYTES of memory of its own, the interpreter's included and file cache not, until ended."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

_PAGES_PER_MEBIBYTE = 256


def _hold(mebibytes: int) -> None:
    kept = []
    while _own_pages() < mebibytes * _PAGES_PER_MEBIBYTE:
        kept.append(bytearray(1 << 20))
    signal.pause()


def _own_pages() -> int:
    resident, shared = Path("/proc/self/statm").read_text(encoding="ascii").split()[1:3]
    return int(resident) - int(shared)


if __name__ == "__main__":
    _hold(int(sys.argv[1]))
