"""The program: serve the metrics of one MongoDB server on /metrics."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pymongo  # type: ignore[import-not-found]  # only in the image
import pymongo.errors  # type: ignore[import-not-found]
from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from .documents import replica_set_metrics, server_metrics

_LOG = logging.getLogger("mongodb_exporter")
# What a server answers that is no member of a replica set: no such command (a router), not enabled, not yet set up.
_NO_REPLICA_SET = (59, 76, 94)
# A password may have characters that SCRAM does not allow, a certificate may be none.
_FAILURES = (pymongo.errors.PyMongoError, OSError, ValueError)
_CONNECT_MILLISECONDS = 3000
_ANSWER_MILLISECONDS = 5000


class MongodbCollector(Collector):
    """Asks the server at every scrape; a server that does not answer is `mongodb_up` 0 and nothing else."""

    def __init__(self, connect: Callable[[], Any]) -> None:
        """Connect makes the client, with what secrets hold at that moment: it may refuse a certificate."""
        self._connect = connect
        self._client: Any = None

    def collect(self) -> Iterator[Metric]:
        """The metrics of this moment."""
        try:
            self._client = self._client or self._connect()
            metrics = [*server_metrics(self._client.admin.command("serverStatus")), *self._replica_set()]
        except _FAILURES as error:
            _LOG.warning("%s", error)
            metrics = []
        yield GaugeMetricFamily("mongodb_up", "Whether the server answers this user.", 1 if metrics else 0)
        yield from metrics

    def _replica_set(self) -> Iterable[Metric]:
        try:
            return list(replica_set_metrics(self._client.admin.command("replSetGetStatus")))
        except pymongo.errors.OperationFailure as error:
            if error.code not in _NO_REPLICA_SET:
                _LOG.warning("replSetGetStatus: %s", error)
            return []


class _Server(ThreadingMixIn, WSGIServer):
    """A scrape that waits for MongoDB keeps no health check waiting."""

    daemon_threads = True


class _Handler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Requests are not worth a line each."""


def _client(options: argparse.Namespace) -> Any:
    arguments: dict[str, Any] = {
        # This server, not whatever its replica set offers.
        "directConnection": True,
        "appname": "mongodb-exporter",
        "serverSelectionTimeoutMS": _CONNECT_MILLISECONDS,
        "connectTimeoutMS": _CONNECT_MILLISECONDS,
        "socketTimeoutMS": _ANSWER_MILLISECONDS,
        "tls": options.tls != "disable",
    }
    if options.tls == "require":
        arguments["tlsInsecure"] = True
    if options.ca_file:
        arguments["tlsCAFile"] = options.ca_file
    if options.certificate_key_file:
        arguments["tlsCertificateKeyFile"] = options.certificate_key_file
    if options.username:
        arguments["username"] = options.username
        arguments["password"] = Path(options.password_file).read_text(encoding="utf-8").rstrip("\n")
        arguments["authSource"] = options.auth_database
    return pymongo.MongoClient(f"mongodb://{options.target}/", **arguments)


def _application(metrics: Callable[..., Any]) -> Callable[..., Any]:
    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        if environ["PATH_INFO"] == "/metrics":
            return metrics(environ, start_response)
        # Whether the exporter runs must not depend on the server it asks.
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"Metrics are at /metrics.\n"]

    return answer


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="mongodb_exporter")
    parser.add_argument("--target", required=True, help="host:port of the server")
    parser.add_argument("--username", default="", help="default: no login")
    parser.add_argument("--password-file", default="/run/secrets/password", help="file with the user's password")
    parser.add_argument("--auth-database", default="admin", help="database that the user is kept in")
    parser.add_argument("--tls", choices=("disable", "require", "verify-full"), default="disable")
    parser.add_argument("--ca-file", default="", help="authorities to trust, in PEM; default: the well-known ones")
    parser.add_argument("--certificate-key-file", default="", help="the client's own certificate and its key, in PEM")
    parser.add_argument("--web.listen-address", dest="listen", default=":9216", help="host:port of the metrics")
    return parser.parse_args()


def main() -> None:
    """Serve until stopped."""
    logging.basicConfig(format="%(levelname)s %(message)s")
    options = _options()
    registry = CollectorRegistry()
    registry.register(MongodbCollector(lambda: _client(options)))
    # The first process of a container is stopped by no signal that it does not handle.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    application = _application(make_wsgi_app(registry))
    host, _, port = options.listen.rpartition(":")
    with make_server(host, int(port), application, server_class=_Server, handler_class=_Handler) as server:
        server.serve_forever()


if __name__ == "__main__":
    main()
