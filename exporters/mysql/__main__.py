"""The program: prometheus/mysqld_exporter's options as far as the stack uses them, and /metrics."""

from __future__ import annotations

import argparse
import logging
import signal
import ssl
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pymysql  # type: ignore[import-untyped]  # only in the image
from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from .login import MysqlLogin, read_login
from .rows import replica_metrics, status_metrics, variable_metrics

_LOG = logging.getLogger("mysqld_exporter")
# Together within the ten seconds that Prometheus gives a scrape.
_CONNECT_SECONDS, _ANSWER_SECONDS = 3, 2
# MariaDB's, which has one row for each source, then the name before MySQL 8.4, then the one since.
_REPLICA_STATEMENTS = ("SHOW ALL SLAVES STATUS", "SHOW SLAVE STATUS", "SHOW REPLICA STATUS")
_SYNTAX_ERROR = 1064
# A login method or a certificate may be of a kind that the client does not know.
_FAILURES = (pymysql.MySQLError, OSError, RuntimeError, ValueError)


class MysqlCollector(Collector):
    """Logs in at every scrape; a server that does not let it in is `mysql_up` 0 and nothing else."""

    def __init__(self, login: MysqlLogin, *, checked: bool) -> None:
        """Log in by TLS where the login names authorities, or where the server's certificate is not checked."""
        self._login = login
        self._checked = checked

    def collect(self) -> Iterator[Metric]:
        """The metrics of this moment."""
        found: list[Metric] = []
        up, errors = False, 0
        try:
            with closing(self._connected()) as connection:
                up = True
                for read in (_status, _variables, _replicas):
                    try:
                        found += read(connection)
                    except pymysql.MySQLError as error:
                        errors += 1
                        _LOG.warning("%s: %s", read.__name__.strip("_"), error)
        except _FAILURES as error:
            errors += 1
            _LOG.warning("%s", error)
        yield GaugeMetricFamily("mysql_up", "Whether the server lets this user in.", up)
        yield GaugeMetricFamily("mysql_exporter_last_scrape_error", "1 when something could not be read.", errors > 0)
        yield from found

    def _connected(self) -> Any:
        login = self._login
        return pymysql.connect(
            host=login.host,
            port=login.port,
            user=login.user,
            # As text it would be taken for Latin-1.
            password=login.password.encode(),
            connect_timeout=_CONNECT_SECONDS,
            read_timeout=_ANSWER_SECONDS,
            init_command="SET SESSION lock_wait_timeout = 2",
            **self._encryption(),
        )

    def _encryption(self) -> dict[str, Any]:
        if self._checked and not self._login.ca:
            # By itself the client would take what the server offers.
            return {"ssl_disabled": True}
        context = ssl.create_default_context(cafile=self._login.ca or None)
        if not self._checked:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if self._login.certificate:
            context.load_cert_chain(self._login.certificate, self._login.key)
        return {"ssl": context}


def _status(connection: Any) -> Iterator[Metric]:
    yield from status_metrics(_asked(connection, "SHOW GLOBAL STATUS"))


def _variables(connection: Any) -> Iterator[Metric]:
    yield from variable_metrics(_asked(connection, "SHOW GLOBAL VARIABLES"))


def _replicas(connection: Any) -> Iterator[Metric]:
    for statement in _REPLICA_STATEMENTS:
        try:
            rows = _asked(connection, statement, pymysql.cursors.DictCursor)
        except pymysql.MySQLError as error:
            if error.args[0] != _SYNTAX_ERROR or statement == _REPLICA_STATEMENTS[-1]:
                raise
        else:
            yield from replica_metrics(rows)
            return


def _asked(connection: Any, statement: str, kind: Any = None) -> Any:
    with connection.cursor(kind) as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


class _Server(ThreadingMixIn, WSGIServer):
    """A scrape that waits for MySQL keeps no health check waiting."""

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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="mysqld_exporter", allow_abbrev=False)
    parser.add_argument("--config.my-cnf", dest="file", type=Path, required=True)
    parser.add_argument("--tls.insecure-skip-verify", dest="insecure", action="store_true")
    parser.add_argument("--web.listen-address", dest="listen", default=":9104")
    return parser


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until stopped."""
    logging.basicConfig(format="%(levelname)s %(message)s")
    options = _parser().parse_args(arguments)
    login = read_login(options.file.read_text(encoding="utf-8"))
    registry = CollectorRegistry()
    registry.register(MysqlCollector(login, checked=not options.insecure))
    # The first process of a container is stopped by no signal that it does not handle.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    host, _, port = options.listen.rpartition(":")
    application = _application(make_wsgi_app(registry))
    with make_server(host, int(port), application, server_class=_Server, handler_class=_Handler) as server:
        server.serve_forever()


if __name__ == "__main__":
    main()
