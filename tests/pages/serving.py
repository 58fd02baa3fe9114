"""The viewer as a stack serves it: the real nginx, started as its image starts it, in front of made-up stores."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from components.stores.panel import Window
from components.viewer import viewer_workload
from dashboards.queries import Query
from images.build import tool_path
from operations.target import ROOT
from tests.pages.synthetic import Synthetic, trace
from tests.plans import program_of
from tests.waiting import free_ports, until

PASSWORD = "correct-horse"
_TOOLS = ("base64", "cat", "sed", "sh", "tr")
_UPSTREAM = re.compile(r"\$source\$names_end:\d+")


@dataclass(frozen=True)
class Asked:
    """A request that a store got. `query` has the first value of each parameter."""

    path: str
    query: dict[str, str]
    login: str


@dataclass
class Served:
    """A viewer that runs.

    Attributes:
        asked: what went through to the stores.
        refused: what Prometheus says instead of lines, when it is set.
    """

    url: str
    asked: list[Asked] = field(default_factory=list)
    refused: str = ""

    def get(self, path: str, *, login: bool = True, method: str = "GET") -> httpx.Response:
        auth = ("admin", PASSWORD) if login else None
        return httpx.request(method, f"{self.url}{path}", auth=auth, trust_env=False)


@contextmanager
def served(folder: Path) -> Iterator[Served]:
    """The viewer of the dev stack where images are built, with its files in a folder."""
    workload = viewer_workload(program_of("dev", images={"source": "built"}).plan)
    assert workload.config
    config, secrets, scratch, programs = (folder / name for name in ("config", "secrets", "scratch", "bin"))
    for path in (secrets, scratch, programs):
        path.mkdir()
    for name in _TOOLS:
        (programs / name).symlink_to(tool_path("busybox"))
    (programs / "nginx").symlink_to(tool_path("nginx"))
    for name in workload.secrets:
        (secrets / name).write_text(PASSWORD, encoding="utf-8")
    store, port = free_ports(2)
    found = Served(f"http://127.0.0.1:{port}")
    # The same files, but for what differs between a container and a folder of this machine.
    places = {
        "/etc/viewer": str(config),
        "/usr/share/viewer": str(ROOT / "viewer"),
        "/run/secrets": str(secrets),
        "/tmp": str(scratch),
        "listen 9097": f"listen 127.0.0.1:{port}",
    }
    for name, text in workload.config.files.items():
        (config / name).parent.mkdir(parents=True, exist_ok=True)
        moved = _UPSTREAM.sub(f"127.0.0.1:{store}", _moved(text, places)) if name == "nginx.conf" else text
        (config / name).write_text(moved, encoding="utf-8")
    start = folder / "start.sh"
    start.write_text(_moved((ROOT / "viewer" / "start.sh").read_text(encoding="utf-8"), places), encoding="utf-8")
    # As root, which no container of the stack is, nginx would work as somebody who may not read the logins.
    places["daemon off;"] = "daemon off; user root;" if os.geteuid() == 0 else "daemon off;"
    command = [str(programs / "sh"), str(start), *(_moved(word, places) for word in workload.args)]
    with _store(store, found):
        nginx = subprocess.Popen(command, env={"PATH": str(programs)}, start_new_session=True)
        try:
            until(lambda: found.get("/healthy", login=False).is_success, 20, forgives=(httpx.TransportError,))
            yield found
        finally:
            os.killpg(nginx.pid, signal.SIGTERM)
            nginx.wait(timeout=10)


def _moved(text: str, places: dict[str, str]) -> str:
    # In one pass: what stands in for one place may look like another.
    return re.sub("|".join(map(re.escape, places)), lambda found: places[found[0]], text)


@contextmanager
def _store(port: int, found: Served) -> Iterator[None]:
    """One server in the place of all stores."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            found.asked.append(Asked(parts.path, query, self.headers.get("Authorization", "")))
            refused = found.refused and parts.path.endswith("/query_range")
            body = (json.dumps({"error": found.refused}) if refused else _answer(parts.path, query)).encode()
            self.send_response(400 if refused else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _answer(path: str, query: dict[str, str]) -> str:
    """As the store says it that has the path."""
    end = float(query.get("end") or query.get("time") or 0)
    window = Window(float(query.get("start") or end - 3600), end, float(query.get("step") or 15))
    if path.startswith("/api/traces/"):
        return json.dumps({"data": [trace(0, window.end)]})
    kind = (
        "victorialogs" if path.startswith("/select/") else "jaeger" if path.startswith("/api/traces") else "prometheus"
    )
    target: dict[str, Any] = {
        "datasource": {"uid": kind, "type": kind},
        "expr": query.get("query", ""),
        "queryType": "search",
        "instant": path.endswith("/query"),
    }
    if kind == "jaeger":
        window = Window(window.start / 1e6, window.end / 1e6, window.step)
    if path.endswith("query_exemplars"):
        return json.dumps({"status": "success", "data": []})
    document = Synthetic(3).ask(Query("served: any", target), window).document
    return document if isinstance(document, str) else json.dumps(document)
