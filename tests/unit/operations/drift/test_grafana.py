"""Dashboards and data sources of a Grafana: a server that speaks its API, with what somebody did in its pages."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from components.endpoints import GuardedEndpoint
from components.grafana_folders import FOLDER_TITLE, folders
from components.grafana_sources import datasources
from components.stores import stores_of
from operations.drift.areas import dashboards, sources
from runtimes.drift import Compared, Difference
from runtimes.health import NoWayError, loopback_client
from tests.unit.operations.drift.running import Running, load


@dataclass
class Grafana:
    """A server of loopback with the stack's content, and what Grafana adds to it.

    Attributes:
        boards: JSON, and what Grafana knows about it, by uid.
        kept: data sources by uid.
    """

    boards: dict[str, tuple[dict[str, Any], dict[str, Any]]]
    kept: dict[str, dict[str, Any]]
    port: int = 0
    logins: set[str | None] = field(default_factory=set)

    def answer(self, path: str) -> Any:
        *_, uid = path.split("/")
        if path == "/api/search":
            return [{"uid": uid, "folderTitle": about["folderTitle"]} for uid, (_, about) in self.boards.items()]
        if path == "/api/datasources":
            return list(self.kept.values())
        if path.startswith("/api/datasources/uid/"):
            return self.kept.get(uid)
        if path.startswith("/api/dashboards/uid/") and uid in self.boards:
            document, about = self.boards[uid]
            return {"dashboard": document, "meta": about}
        return None


def content(running: Running) -> Grafana:
    """As Grafana has it after `make up`."""
    program = running.target.program
    stores = stores_of(program.settings)
    about = {"folderTitle": FOLDER_TITLE, "updatedBy": "admin", "updated": "2026-11-21T10:00:00Z"}
    boards = {
        uid: ({**deepcopy(document), "id": 7, "version": 3}, dict(about))
        for folder in folders(program.plan, stores)
        for uid, document in folder.dashboards.items()
    }
    kept = {
        source.ref.uid: {
            "id": 1,
            "uid": source.ref.uid,
            "name": source.name,
            "type": source.ref.type,
            "url": source.endpoint.url,
            "access": "proxy",
            "isDefault": source.default,
            "readOnly": True,
            "basicAuth": isinstance(source.endpoint, GuardedEndpoint),
            "basicAuthUser": "admin" if isinstance(source.endpoint, GuardedEndpoint) else "",
            "secureJsonFields": {"basicAuthPassword": True} if isinstance(source.endpoint, GuardedEndpoint) else {},
            "jsonData": json.loads(json.dumps(source.options)),
        }
        for source in datasources(program.settings, stores)
    }
    return Grafana(boards, kept)


@pytest.fixture
def grafana(running: Running) -> Iterator[Grafana]:
    """The server, on a port of its own."""
    made = content(running)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the library's name
            made.logins.add(self.headers.get("Authorization"))
            found = made.answer(urlsplit(self.path).path)
            body = json.dumps(found).encode()
            self.send_response(404 if found is None else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def compare(running: Running, grafana: Grafana, area: Any) -> Compared:
    with running.stack(loopback_client(), {"grafana": grafana.port}) as stack:
        found: Compared = area.compare(stack)
    return found


def only(running: Running, grafana: Grafana, area: Any) -> Difference:
    (found,) = compare(running, grafana, area).differences
    return found


def test_content_that_nobody_touched_does_not_differ_and_is_asked_for_with_a_login(
    running: Running, grafana: Grafana
) -> None:
    assert compare(running, grafana, dashboards) == Compared(len(grafana.boards))
    assert compare(running, grafana, sources) == Compared(len(grafana.kept))
    assert None not in grafana.logins
    assert len(grafana.boards) > 2


def test_a_dashboard_that_somebody_edited_names_the_panel_and_who(running: Running, grafana: Grafana) -> None:
    document, about = grafana.boards["services"]
    panel = next(found for found in document["panels"] if found.get("targets"))
    panel["targets"][0]["expr"] = "up"
    panel["transparent"] = True
    about["updatedBy"] = "ada"
    found = only(running, grafana, dashboards)
    assert (found.kind, found.name) == ("dashboard changed", "services")
    assert found.lines[0] == "saved by ada at 2026-11-21T10:00:00Z"
    assert f"panels[{panel['title']}].targets[A].expr:" in found.lines
    assert f"panels[{panel['title']}].transparent:" in found.lines


def test_a_dashboard_that_somebody_removed(running: Running, grafana: Grafana) -> None:
    del grafana.boards["redis" if "redis" in grafana.boards else "postgres"]
    assert only(running, grafana, dashboards).kind == "dashboard missing"


def test_a_dashboard_beside_the_stacks_own_is_extra_and_one_in_another_folder_is_its_owners(
    running: Running, grafana: Grafana
) -> None:
    grafana.boards["mine"] = ({"uid": "mine"}, {"folderTitle": FOLDER_TITLE})
    grafana.boards["theirs"] = ({"uid": "theirs"}, {"folderTitle": "Sandbox"})
    found = only(running, grafana, dashboards)
    assert (found.kind, found.name) == ("dashboard extra", "mine")


def test_a_data_source_that_asks_elsewhere(running: Running, grafana: Grafana) -> None:
    grafana.kept["prometheus"] |= {"url": "http://elsewhere:9090", "secureJsonFields": {}}
    found = only(running, grafana, sources)
    assert (found.kind, found.name) == ("data source changed", "prometheus")
    assert {"url:", "- http://prometheus:9090", "+ http://elsewhere:9090"} <= set(found.lines)
    assert "secrets[0]:" in found.lines


def test_a_data_source_that_is_gone_and_one_that_nobody_declared(running: Running, grafana: Grafana) -> None:
    grafana.kept["mine"] = {**grafana.kept.pop("prometheus"), "uid": "mine"}
    found = compare(running, grafana, sources).differences
    assert [(item.kind, item.name) for item in found] == [
        ("data source missing", "prometheus"),
        ("data source extra", "mine"),
    ]


def test_without_a_grafana_its_content_is_left_out_by_name(tmp_path: Path) -> None:
    running = Running(load(tmp_path))
    with running.stack() as stack, pytest.raises(NoWayError, match=r"^Grafana's server is published to no package"):
        dashboards.compare(stack)
