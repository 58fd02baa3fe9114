"""Ask a server for more connections than it takes, every few seconds, and let them go at once: HOST, PORT.

Short bursts, so that whoever measures the server still gets in between them.
"""

from __future__ import annotations

import socket
import sys
import time
from contextlib import ExitStack

_ASKED = 12
_EVERY_SECONDS = 3.0


def _crowd(host: str, port: int) -> None:
    while True:
        with ExitStack() as stack:
            for _ in range(_ASKED):
                stack.enter_context(socket.create_connection((host, port), timeout=5))
            time.sleep(0.1)
        time.sleep(_EVERY_SECONDS)


if __name__ == "__main__":
    _crowd(sys.argv[1], int(sys.argv[2]))
