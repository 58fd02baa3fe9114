"""Programs with a page of metrics, on loopback: each asks for what a program may ask of whoever scrapes it."""

from __future__ import annotations

import base64
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
DOTTED = f"{TEXT}; escaping=allow-utf-8"
PROTOBUF = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"


@dataclass(frozen=True)
class Request:
    """What a target is asked.

    Attributes:
        path: as it stands in the request's first line.
        headers: by lower-case name.
    """

    path: str
    headers: Mapping[str, str]


@dataclass
class Target:
    """A program that is scraped.

    Attributes:
        page: its page, by how often it was asked before, from 1 up.
        lets: whether it answers a request; others get 403.
        content: type of the page.
        tls: None: it speaks plain HTTP.
        host: of loopback, IPv4 or IPv6.
        seconds: that it takes to answer.
        refused: requests that it did not answer.
    """

    page: Callable[[int], bytes]
    lets: Callable[[Request], bool] = lambda _: True
    content: str = TEXT
    tls: ssl.SSLContext | None = None
    host: str = "127.0.0.1"
    seconds: float = 0.0
    refused: list[Request] = field(default_factory=list)

    def __enter__(self) -> Target:
        target, asked = self, 0

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                nonlocal asked
                request = Request(self.path, {key.lower(): value for key, value in self.headers.items()})
                allowed = target.lets(request)
                if not allowed:
                    target.refused.append(request)
                asked += 1
                body = target.page(asked) if allowed else b""
                time.sleep(target.seconds)
                self.send_response(200 if allowed else 403)
                self.send_header("Content-Type", target.content)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            address_family = socket.AF_INET6 if ":" in target.host else socket.AF_INET

            def handle_error(self, request: object, client_address: object) -> None:
                """Handshakes that fail are what some tests are about."""

        self._server = Server((self.host, 0), Handler)
        if self.tls:
            # In the thread of each connection, so that none that does not shake hands holds up the others.
            self._server.socket = self.tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def address(self) -> str:
        """host:port as a stack file has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self._server.server_port}"


def basic(username: str, password: str) -> str:
    """The header of HTTP's basic authentication."""
    return f"Basic {base64.b64encode(f'{username}:{password}'.encode()).decode()}"


def both_forms(name: str, labels: Mapping[str, str], count: int, upper: float, exponent: int) -> bytes:
    """A family with one histogram, classic and native, as protobuf: every observation is in one bucket.

    Args:
        count: of observations.
        upper: bound of the classic bucket that has all of them.
        exponent: the native bucket that has all of them ends at two to the power of this.
    """
    pairs = [_bytes(1, _bytes(1, key.encode()) + _bytes(2, value.encode())) for key, value in labels.items()]
    bucket = _number(1, count) + b"\x11" + struct.pack("<d", upper)
    histogram = b"".join(
        (
            _number(1, count),
            b"\x11" + struct.pack("<d", count * upper),
            _bytes(3, bucket),
            _number(5, 0),
            b"\x31" + struct.pack("<d", 1e-128),
            _number(7, 0),
            _bytes(12, _number(1, _zigzag(exponent)) + _number(2, 1)),
            _bytes(13, _varint(_zigzag(count))),
        )
    )
    family = _bytes(1, name.encode()) + _number(3, 4) + _bytes(4, b"".join(pairs) + _bytes(7, histogram))
    return _varint(len(family)) + family


def counter(name: str, labels: Mapping[str, str], value: int) -> bytes:
    """A family with one counter, as protobuf."""
    pairs = [_bytes(1, _bytes(1, key.encode()) + _bytes(2, text.encode())) for key, text in labels.items()]
    metric = b"".join(pairs) + _bytes(3, b"\x09" + struct.pack("<d", value))
    family = _bytes(1, name.encode()) + _number(3, 0) + _bytes(4, metric)
    return _varint(len(family)) + family


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*found, value))


def _zigzag(value: int) -> int:
    return value * 2 if value >= 0 else -value * 2 - 1


def _number(field_number: int, value: int) -> bytes:
    return _varint(field_number << 3) + _varint(value)


def _bytes(field_number: int, content: bytes) -> bytes:
    return _varint(field_number << 3 | 2) + _varint(len(content)) + content
