"""What is shown of a difference never holds a secret, whichever way it got there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from operations.verify.live import Live
from runtimes.drift import Difference
from runtimes.health import NoAnswerError
from settings.secrets import SecretFile

_SHOWN_INSTEAD = "<secret>"
_NAME = r"(?:password|passwd|secret|token|api_?key|credentials|authorization)"
# A key that is called like a secret, unless it names the file of one; and the login in an address.
_UNKNOWN = (
    re.compile(rf"(?P<kept>{_NAME}(?!\w*file)\w*[\"']?\s*[:=]\s*)\S.*", re.IGNORECASE),
    re.compile(r"(?P<kept>://[^\s/:@]*:)[^\s/@]+(?=@)"),
)


@dataclass(frozen=True)
class Redaction:
    """Knows the stack's secrets, to keep them out of sight.

    Attributes:
        values: every secret's value, in every spelling.
    """

    values: frozenset[str]

    def of(self, difference: Difference) -> Difference:
        """The difference, fit to be shown."""
        return replace(difference, lines=tuple(self._line(line) for line in difference.lines))

    def _line(self, line: str) -> str:
        # The longest first: one may be part of another.
        for value in sorted(self.values, key=len, reverse=True):
            line = line.replace(value, _SHOWN_INSTEAD)
        # What the program says is no secret. What somebody else wrote may be one that nobody else knows of.
        if not line.startswith("+"):
            return line
        for pattern in _UNKNOWN:
            line = pattern.sub(rf"\g<kept>{_SHOWN_INSTEAD}", line)
        return line


def redaction(live: Live) -> Redaction:
    """What may not be shown of a stack: all that its secret files hold beside the program's own text."""
    values: set[str] = set()
    for workload in live.declared.program.workloads:
        for name, file in workload.secrets.items():
            try:
                values |= set(_values(file, live.health.password(workload.name, name)))
            except NoAnswerError:
                continue  # What is not there cannot be shown.
    return Redaction(frozenset(spelled for value in values if value for spelled in (value, json.dumps(value)[1:-1])))


def _values(file: SecretFile, text: str) -> Iterable[str]:
    """The secrets in a filled file; all of it, when somebody wrote something else into it."""
    pattern = "".join(re.escape(part) if isinstance(part, str) else "(.*)" for part in file.parts)
    # A file is read without the end of its last line.
    found = re.fullmatch(pattern, text, re.DOTALL) or re.fullmatch(pattern, f"{text}\n", re.DOTALL)
    return found.groups() if found else _lines(text)


def _lines(text: str) -> Iterator[str]:
    yield text
    yield from (line.strip() for line in text.splitlines())
