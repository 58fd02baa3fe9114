"""What tests of running programs share: ports that nobody uses, and patience."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import TypeVar

Found = TypeVar("Found")


def free_ports(count: int) -> list[int]:
    """Different ports of loopback on which nothing listens now."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def until(
    ask: Callable[[], Found],
    within: float,
    *,
    pause: float = 0.2,
    forgives: tuple[type[Exception], ...] = (),
) -> Found:
    """What `ask` answers first that is true or not empty; once the time is over, what it answers or raises last.

    Args:
        within: seconds.
        pause: seconds between two questions.
        forgives: what it may raise before that.
    """
    end = time.monotonic() + within
    while True:
        is_last = time.monotonic() > end
        try:
            found = ask()
        except forgives:
            if is_last:
                raise
        else:
            if found or is_last:
                return found
        time.sleep(pause)
