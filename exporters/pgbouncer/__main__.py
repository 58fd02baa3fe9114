"""The program: prometheus-community/pgbouncer_exporter's options as far as the stack uses them, and /metrics."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import psycopg  # type: ignore[import-not-found]  # only in the image
from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from psycopg.rows import dict_row  # type: ignore[import-not-found]

from .tables import TABLES, list_metrics, setting_metrics, table_metrics, version_metrics

_LOG = logging.getLogger("pgbouncer_exporter")
_ADDRESS = "PGBOUNCER_EXPORTER_CONNECTION_STRING"
# A name may not be UTF-8.
_FAILURES = (psycopg.Error, OSError, ValueError)


class PgbouncerCollector(Collector):
    """Logs in at every scrape; a console that does not let it in is `pgbouncer_up` 0 and nothing else."""

    def __init__(self, address: str) -> None:
        """The address is one of libpq's; what it does not say is in libpq's variables."""
        self._address = address

    def collect(self) -> Iterator[Metric]:
        """The metrics of this moment."""
        try:
            found = [*self._asked()]
        except _FAILURES as error:
            _LOG.warning("%s", error)
            found = []
        yield GaugeMetricFamily("pgbouncer_up", "Whether the console lets this user in.", bool(found))
        yield from found

    def _asked(self) -> Iterator[Metric]:
        # The console knows no transactions.
        with psycopg.connect(self._address, autocommit=True, row_factory=dict_row) as connection:
            yield from version_metrics(connection.execute("SHOW VERSION"))
            yield from list_metrics(connection.execute("SHOW LISTS"))
            yield from setting_metrics(connection.execute("SHOW CONFIG"))
            for table in TABLES:
                yield from table_metrics(table, connection.execute(f"SHOW {table.name}"))


class _Server(ThreadingMixIn, WSGIServer):
    """A scrape that waits for PgBouncer keeps no health check waiting."""

    daemon_threads = True


class _Handler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Requests are not worth a line each."""


def _application(metrics: Callable[..., Any]) -> Callable[..., Any]:
    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        if environ["PATH_INFO"] == "/metrics":
            return metrics(environ, start_response)
        # Whether the exporter runs must not depend on what it asks.
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"Metrics are at /metrics.\n"]

    return answer


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="pgbouncer_exporter", allow_abbrev=False)
    parser.add_argument("--web.listen-address", dest="listen", default=":9127")
    return parser


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until stopped."""
    logging.basicConfig(format="%(levelname)s %(message)s")
    options = _parser().parse_args(arguments)
    registry = CollectorRegistry()
    registry.register(PgbouncerCollector(os.environ[_ADDRESS]))
    # The first process of a container is stopped by no signal that it does not handle.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    host, _, port = options.listen.rpartition(":")
    application = _application(make_wsgi_app(registry))
    with make_server(host, int(port), application, server_class=_Server, handler_class=_Handler) as server:
        server.serve_forever()


if __name__ == "__main__":
    main()
