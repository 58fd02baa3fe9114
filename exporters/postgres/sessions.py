"""Sessions on a server, one for each database, kept open: when all places for clients are taken, this one is too."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import Any

import pg8000.exceptions  # type: ignore[import-not-found]  # only in the image
import pg8000.native  # type: ignore[import-not-found]
import scramp.core  # type: ignore[import-not-found]

# Seconds that the server may be silent, to connect or to answer: an exporter that tries twice must still answer
# within a scrape of ten.
_SILENCE = 4
# Less than that, so that it is the server that gives up, and the session is still good.
_STATEMENT_MILLISECONDS = 3500


def _prepared(text: str) -> str:
    """Text as SCRAM compares it. What it does not allow, PostgreSQL compares as it is; scramp refuses to log in."""
    try:
        prepared: str = _strictly_prepared(text)
    except scramp.ScramException:
        return text
    return prepared


_strictly_prepared = scramp.core.saslprep
scramp.core.saslprep = _prepared


class UnreachableError(Exception):
    """There is no session, and none can be had."""


class RefusedError(Exception):
    """The server answers, but not this question."""


@dataclass(frozen=True)
class Tls:
    """How a connection is encrypted; paths of files in PEM, empty where there is none."""

    mode: str = "disable"
    ca: str = ""
    certificate: str = ""
    key: str = ""

    def context(self) -> ssl.SSLContext | bool:
        """What pg8000 takes; False is no encryption."""
        if self.mode == "disable":
            return False
        context = ssl.create_default_context(cafile=self.ca or None)
        context.check_hostname = self.mode == "verify-full"
        if self.mode == "require":
            context.verify_mode = ssl.CERT_NONE
        if self.certificate:
            context.load_cert_chain(self.certificate, self.key)
        return context


@dataclass(frozen=True)
class Server:
    """Where to log in, and as whom.

    Attributes:
        limits_statements: whether sessions ask the server to end statements that take too long.
    """

    host: str
    port: int
    username: str
    password: str
    tls: Tls
    limits_statements: bool = True


class Session:
    """One session, opened when it is needed."""

    def __init__(self, server: Server, database: str) -> None:
        """Args: database: the one that its questions are asked in."""
        self.database = database
        self._server = server
        self._connection: Any = None

    def ask(self, query: str) -> list[dict[str, Any]]:
        """The rows of an answer, by column.

        Raises:
            UnreachableError: the server does not answer, or lets nobody in.
            RefusedError: it does not answer this.
        """
        was_open = self._connection is not None
        try:
            return self._asked(query)
        except UnreachableError:
            # The server may have been restarted since the last question.
            if not was_open:
                raise
        return self._asked(query)

    def _asked(self, query: str) -> list[dict[str, Any]]:
        try:
            if self._connection is None:
                self._connection = self._opened()
            rows = self._connection.run(query)
            names = [column["name"] for column in self._connection.columns]
        except pg8000.exceptions.DatabaseError as error:
            said = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
            if self._connection is not None and said.get("S") == "ERROR":
                raise RefusedError(said.get("M", str(error))) from error
            self._forget()
            raise UnreachableError(said.get("M", str(error))) from error
        except (pg8000.exceptions.InterfaceError, scramp.ScramException, OSError) as error:
            self._forget()
            raise UnreachableError(str(error) or type(error).__name__) from error
        return [dict(zip(names, row, strict=True)) for row in rows]

    def _opened(self) -> Any:
        server = self._server
        connection = pg8000.native.Connection(
            server.username,
            host=server.host,
            port=server.port,
            database=self.database,
            password=server.password,
            ssl_context=server.tls.context(),
            timeout=_SILENCE,
            application_name="postgres_exporter",
        )
        if server.limits_statements:
            connection.run(f"SET statement_timeout = {_STATEMENT_MILLISECONDS}")
        return connection

    def _forget(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.close()
            except (pg8000.exceptions.InterfaceError, OSError):
                return
