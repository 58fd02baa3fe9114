"""The program: danielqsj/kafka_exporter's options as far as the stack uses them, and /metrics."""

from __future__ import annotations

import argparse
import logging
import re
import signal
import sys
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from .cluster import Cluster

_MECHANISMS = {"plain": "PLAIN", "scram-sha256": "SCRAM-SHA-256", "scram-sha512": "SCRAM-SHA-512"}
_AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until SIGTERM. `@file` stands for the options in a file, one a line, as it does for upstream's program."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="level=%(levelname)s logger=%(name)s msg=%(message)r")
    registry = CollectorRegistry()
    registry.register(
        Cluster(configuration(options), re.compile(options.topic_exclude), re.compile(options.group_exclude))
    )
    host, _, port = options.listen.rpartition(":")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    ThreadingHTTPServer((host, int(port)), _handler(registry)).serve_forever()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kafka_exporter", fromfile_prefix_chars="@", allow_abbrev=False)
    parser.add_argument("--kafka.server", dest="servers", action="append", required=True)
    parser.add_argument("--web.listen-address", dest="listen", default=":9308")
    parser.add_argument("--topic.exclude", dest="topic_exclude", default="^$")
    parser.add_argument("--group.exclude", dest="group_exclude", default="^$")
    parser.add_argument("--sasl.enabled", dest="sasl", action="store_true")
    parser.add_argument("--sasl.mechanism", dest="mechanism", choices=sorted(_MECHANISMS), default="plain")
    parser.add_argument("--sasl.username", dest="username", default="")
    parser.add_argument("--sasl.password", dest="password", default="")
    parser.add_argument("--tls.enabled", dest="tls", action="store_true")
    parser.add_argument("--tls.ca-file", dest="authorities", default=_AUTHORITIES)
    parser.add_argument("--tls.cert-file", dest="certificate", default="")
    parser.add_argument("--tls.key-file", dest="key", default="")
    parser.add_argument("--tls.insecure-skip-tls-verify", dest="insecure", action="store_true")
    return parser


def configuration(options: argparse.Namespace) -> dict[str, Any]:
    """The options as librdkafka's configuration."""
    protocol = ("SASL_" if options.sasl else "") + ("SSL" if options.tls else "PLAINTEXT")
    found: dict[str, Any] = {"bootstrap.servers": ",".join(options.servers), "security.protocol": protocol}
    if options.sasl:
        found |= {
            "sasl.mechanism": _MECHANISMS[options.mechanism],
            "sasl.username": options.username,
            "sasl.password": options.password,
        }
    if options.tls:
        found |= {"ssl.ca.location": options.authorities, "enable.ssl.certificate.verification": not options.insecure}
        if options.certificate:
            found |= {"ssl.certificate.location": options.certificate, "ssl.key.location": options.key}
    return found


def _handler(registry: CollectorRegistry) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """/metrics reads the cluster; every other path says that the program runs, without asking anybody."""

        def do_GET(self) -> None:
            if self.path.partition("?")[0] == "/metrics":
                encode, kind = choose_encoder(self.headers.get("Accept", ""))
                body = encode(registry)
            else:
                body, kind = b"Kafka metrics are at /metrics.\n", "text/plain; charset=utf-8"
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Scrapes are not news."""

    return Handler


if __name__ == "__main__":
    main()
