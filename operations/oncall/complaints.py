"""What receivers answered, read from Alertmanager's log: no API and no metric of it has their words."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

_ERROR = re.compile(r' err=("(?:[^"\\]|\\.)*"|\S+)')
_INTEGRATION = re.compile(r" integration=(\w+\[\d+\]) ")
# What it says when trying again makes no sense, before the words of the receiver.
_GIVEN_UP = re.compile(r"notify retry canceled due to unrecoverable error after \d+ attempts: ")


def complaints(log: str, receiver: str, about: str) -> Mapping[str, str]:
    """The newest error of each integration of a receiver.

    Args:
        log: lines of logfmt.
        receiver: its name.
        about: what stands in the lines that are meant.

    Returns:
        Errors by Alertmanager's name of the integration, such as `webhook[0]`: its kind and its place in the receiver.
    """
    found: dict[str, str] = {}
    for line in log.splitlines():
        error = _ERROR.search(line)
        if error is None or about not in line:
            continue
        text = ast.literal_eval(error[1]) if error[1].startswith('"') else error[1]
        if integration := _INTEGRATION.search(line):
            # It is tried again.
            if f" receiver={receiver} " in line:
                found[integration[1]] = _words(text)
        else:
            # It is not: then one line is about all integrations that failed.
            _, *parts = re.split(rf"(?:^|\n){re.escape(receiver)}/(\w+\[\d+\]): ", text)
            found |= {name: _words(words) for name, words in zip(parts[::2], parts[1::2], strict=True)}
    return found


def _words(error: str) -> str:
    return " ".join(_GIVEN_UP.sub("", error).split())
