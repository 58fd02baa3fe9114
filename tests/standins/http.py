"""One HTTP server of loopback for all services that take messages by HTTP."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Answer:
    """What a service answers; a mapping is sent as JSON."""

    status: int
    body: Mapping[str, Any] | str = ""

    def encoded(self) -> tuple[str, bytes]:
        """Content type and bytes."""
        if isinstance(self.body, str):
            return "text/html", self.body.encode()
        return "application/json", json.dumps(self.body).encode()


@dataclass(frozen=True)
class Message:
    """What a service got and took.

    Attributes:
        path: with the query.
        headers: by lower-case name.
        size: bytes of the body.
    """

    path: str
    headers: Mapping[str, str]
    body: Any
    size: int


Service = Callable[[Message], Answer]
"""Checks a message as the service does that it stands in for."""


@dataclass
class HttpStandin:
    """Services by the first part of the path that belongs to each.

    Attributes:
        taken: messages that a service accepted, by its name.
        refused: what it answered to the others.
        broken: answers that services give to everything, whatever they get.
    """

    services: Mapping[str, Service]
    taken: dict[str, list[Message]] = field(default_factory=lambda: defaultdict(list))
    refused: dict[str, list[Answer]] = field(default_factory=lambda: defaultdict(list))
    broken: dict[str, Answer] = field(default_factory=dict)

    def __enter__(self) -> HttpStandin:
        standin = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status, (kind, answer) = standin.ask(self.path, dict(self.headers.items()), content)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def url(self, service: str) -> str:
        """Where a service is."""
        return f"http://127.0.0.1:{self._server.server_port}/{service}"

    def ask(self, path: str, headers: Mapping[str, str], content: bytes) -> tuple[int, tuple[str, bytes]]:
        """What the service of a path answers: status, and content type with bytes."""
        name, _, rest = path.removeprefix("/").partition("/")
        try:
            body = json.loads(content)
        except ValueError:
            body = None
        message = Message(f"/{rest}", {key.lower(): value for key, value in headers.items()}, body, len(content))
        answer = self.broken.get(name) or self.services[name](message)
        if answer.status < 300:
            self.taken[name].append(message)
        else:
            self.refused[name].append(answer)
        return answer.status, answer.encoded()
