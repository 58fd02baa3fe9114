"""Servers of loopback that want to be asked in the right way: methods, logins, certificates, gRPC health."""

from __future__ import annotations

import socket
import ssl
import threading
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD, TOKEN = "Jörg", "pa ss:wörd\"'$%", "to-ken=="
FROM_AFAR = {"X-From": "afar"}
"""Whom `/near` does not answer."""
_DAY = timedelta(days=1)
# `status: SERVING` and `status: NOT_SERVING` of grpc.health.v1.HealthCheckResponse.
_SERVING, _NOT_SERVING = b"\x08\x01", b"\x08\x02"


class Handler(BaseHTTPRequestHandler):
    """Answers by path; `ask` reaches it through a proxy as well, which it is itself for other hosts."""

    def answer(self) -> None:
        """Answer any method."""
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        proxied = self.path.startswith("http://")
        path = "/proxied" if proxied else self.path
        login = self.headers.get("Authorization", "")
        basic = f"Basic {b64encode(f'{USER}:{PASSWORD}'.encode()).decode()}"
        status, body = {
            "/": (200, "all is well"),
            "/old": (301, "moved"),
            "/degraded": (200, '{"status": "degraded"}'),
            "/made": (201 if (self.command, sent) == ("POST", b'{"a": "$1"}') else 400, "made"),
            "/head": (204 if self.command == "HEAD" else 400, ""),
            "/typed": (200 if self.headers.get("X-Team") == "a & b" else 400, "typed"),
            "/named": (200 if self.headers.get("Host") == "shop.example" else 400, "named"),
            "/basic": (200 if login == basic else 401, "basic"),
            "/bearer": (200 if login == f"Bearer {TOKEN}" else 401, "bearer"),
            "/near": (503 if FROM_AFAR.items() <= dict(self.headers).items() else 200, "near"),
            "/proxied": (200 if proxied else 400, "proxied"),
        }.get(path, (404, "nothing"))
        if path == "/slow":
            assert isinstance(self.server, _Server)
            self.server.released.wait(30)
        self.send_response(status)
        if status == 301:
            self.send_header("Location", "/")
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body.encode())

    do_GET = do_POST = do_HEAD = answer  # noqa: N815  # names that the base class calls

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""


class _Server(ThreadingHTTPServer):
    """Whoever waits for what is slow is let go when it ends; another server's requests wait on."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.released = threading.Event()
        super().__init__(address, Handler)


class _V6(_Server):
    address_family = socket.AF_INET6


@contextmanager
def http_server(context: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> Iterator[int]:
    """A server's port; with a context it is one of HTTPS."""
    server = (_V6 if ":" in host else _Server)((host, 0))
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.released.set()
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def grpc_server(certificate: tuple[bytes, bytes] | None = None) -> Iterator[int]:
    """The port of a server whose service `shop` is healthy, as is the whole of it, and whose `mail` is not.

    Args:
        certificate: its private key and its chain, in PEM.
    """

    def check(request: bytes, _: Any) -> bytes:
        return _NOT_SERVING if b"mail" in request else _SERVING

    method = grpc.unary_unary_rpc_method_handler(check)
    server = grpc.server(ThreadPoolExecutor(2))
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("grpc.health.v1.Health", {"Check": method}),))
    if certificate:
        port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([certificate]))
    else:
        port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield port
    finally:
        server.stop(None).wait()


def expired_certificate() -> str:
    """A certificate that ran out yesterday and that nobody needs, in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "an authority of long ago")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), now - 9 * _DAY, now - _DAY
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()
