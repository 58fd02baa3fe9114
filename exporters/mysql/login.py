"""The options file that upstream's program reads, as far as the stack writes it. Nothing here connects to anything."""

from __future__ import annotations

import re
from dataclasses import dataclass

# A value between three quotes is read as it is, whatever it has in it.
_OPTION = re.compile(r'^([a-z-]+) = (?:"""(.*?)"""|(.*?))$', re.MULTILINE | re.DOTALL)
# Upstream's program would take a dollar sign for a variable, so the file refers to it.
_REFERENCE = "%(dollar)s"


@dataclass(frozen=True)
class MysqlLogin:
    """A server and who logs in to it. `ca`, `certificate` and `key` are paths of files, empty for none."""

    host: str
    port: int
    user: str
    password: str
    ca: str = ""
    certificate: str = ""
    key: str = ""


def read_login(text: str) -> MysqlLogin:
    """The login in an options file.

    Raises:
        KeyError: when the file does not name the host, the port, the user or the password.
    """
    found = {name: (quoted or plain).replace(_REFERENCE, "$") for name, quoted, plain in _OPTION.findall(text)}
    return MysqlLogin(
        found["host"],
        int(found["port"]),
        found["user"],
        found["password"],
        found.get("ssl-ca", ""),
        found.get("ssl-cert", ""),
        found.get("ssl-key", ""),
    )
