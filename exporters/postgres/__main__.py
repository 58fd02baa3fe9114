"""The program: serve the metrics of one server on /metrics."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from .questions import Question, Row, families, questions
from .sessions import RefusedError, Server, Session, Tls, UnreachableError

_LOG = logging.getLogger("postgres_exporter")
# Seconds of a scrape after which nothing more is asked.
_BUDGET = 6.0


class QuestionCollector(Collector):
    """Asks the server at every scrape; one that does not answer is `up` 0 and nothing else.

    Attributes:
        prefix: of the metric `<prefix>_up`, and of `<prefix>_database_up` where there are several databases.
    """

    def __init__(self, prefix: str, asked: tuple[Question, ...], sessions: tuple[Session, ...]) -> None:
        """Args: sessions: that of the main database first."""
        self.prefix = prefix
        self._questions = asked
        self._sessions = sessions
        # Two Prometheus may scrape at once, and a session answers one question at a time.
        self._lock = threading.Lock()

    def collect(self) -> Iterator[Metric]:
        """The metrics of this moment."""
        with self._lock:
            yield from self._collect(time.monotonic() + _BUDGET)

    def _collect(self, end: float) -> Iterator[Metric]:
        rows: dict[str, list[Row]] = {question.name: [] for question in self._questions}
        up = {session.database: self._ask(session, rows, end) for session in self._sessions}
        main = self._sessions[0].database
        yield GaugeMetricFamily(f"{self.prefix}_up", "Whether the server lets this user in and answers.", up[main])
        if len(up) > 1:
            each = GaugeMetricFamily(
                f"{self.prefix}_database_up", "The same, for each database that is asked.", labels=["datname"]
            )
            for database, answers in up.items():
                each.add_metric([database], answers)
            yield each
        for question in self._questions:
            yield from families(question, rows[question.name])

    def _ask(self, session: Session, rows: dict[str, list[Row]], end: float) -> bool:
        """Put the session's answers to the rows; whether there is a session."""
        is_main = session is self._sessions[0]
        for question in self._questions:
            if time.monotonic() > end:
                _LOG.warning("%s: no time left for %s and what follows", session.database, question.name)
                return True
            if not (is_main or question.everywhere):
                continue
            try:
                rows[question.name] += session.ask(question.query)
            except RefusedError as error:
                _LOG.warning("%s: %s: %s", session.database, question.name, error)
            except UnreachableError as error:
                _LOG.warning("%s: %s", session.database, error)
                return False
        return True


class _Server(ThreadingMixIn, WSGIServer):
    """A scrape that waits for its server keeps no health check waiting."""

    daemon_threads = True


class _Handler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Requests are not worth a line each."""


def _application(metrics: Callable[..., Any]) -> Callable[..., Any]:
    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        if environ["PATH_INFO"] == "/metrics":
            return metrics(environ, start_response)
        # Whether the exporter runs must not depend on the server it asks.
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"Metrics are at /metrics.\n"]

    return answer


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="postgres_exporter", allow_abbrev=False)
    parser.add_argument("--host", required=True, help="name or address of the server")
    parser.add_argument("--port", type=int, default=5432, help="its port")
    parser.add_argument("--username", required=True)
    parser.add_argument("--password-file", default="/run/secrets/password", help="file with the user's password")
    parser.add_argument("--database", action="append", required=True, help="the main one first; may be repeated")
    parser.add_argument("--tls", choices=("disable", "require", "verify-ca", "verify-full"), default="disable")
    parser.add_argument("--ca-file", default="", help="authorities to trust, in PEM; default: the well-known ones")
    parser.add_argument("--certificate-file", default="", help="the client's own certificate, in PEM")
    parser.add_argument("--key-file", default="", help="its private key, in PEM")
    parser.add_argument("--questions", default="/etc/exporter/queries.yml", help="what to ask")
    parser.add_argument("--prefix", default="pg", help="prefix of the metric that says whether the server is up")
    parser.add_argument("--no-statement-timeout", action="store_true", help="for what is no PostgreSQL server")
    parser.add_argument("--listen", type=int, default=9187, help="port of the metrics")
    return parser.parse_args()


def _sessions(options: argparse.Namespace) -> tuple[Session, ...]:
    server = Server(
        options.host,
        options.port,
        options.username,
        Path(options.password_file).read_text(encoding="utf-8").rstrip("\n"),
        Tls(options.tls, options.ca_file, options.certificate_file, options.key_file),
        limits_statements=not options.no_statement_timeout,
    )
    return tuple(Session(server, database) for database in options.database)


def main() -> None:
    """Serve until stopped."""
    logging.basicConfig(format="%(levelname)s %(message)s")
    options = _options()
    asked = questions(Path(options.questions).read_text(encoding="utf-8"))
    registry = CollectorRegistry()
    registry.register(QuestionCollector(options.prefix, asked, _sessions(options)))
    # The first process of a container is stopped by no signal that it does not handle.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    application = _application(make_wsgi_app(registry))
    with make_server("", options.listen, application, server_class=_Server, handler_class=_Handler) as server:
        server.serve_forever()


if __name__ == "__main__":
    main()
