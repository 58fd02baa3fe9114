"""docs/first-hour.md, followed by its words in a tree without anything else: a service of one's own, and a first alert.

The chat is a stand-in, which is told what Slack would be told. The page's stack has another name here.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import pytest
from docker.models.containers import Container

from images.catalog import load_catalog
from tests.page import blocks
from tests.tree import ROOT, copied_tree
from tests.waiting import until

PAGE = ROOT / "docs" / "first-hour.md"
STACK, NETWORK = "hour", "shop_default"
CACHE_PASSWORD = "a$b 'c\" ü"
CHAT = """
import http.server


class Chat(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        print(self.rfile.read(int(self.headers["Content-Length"])).decode(), flush=True)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"ok")


http.server.ThreadingHTTPServer(("", 8000), Chat).serve_forever()
"""

ASKED = "import urllib.request as r; print(r.urlopen('http://localhost:9000/metrics').read().decode())"
WORKING = """
import time

import summaries

while True:
    summaries.measured("gpt-5-mini", lambda: ("short", 900, 100))
    time.sleep(1)
"""


class Hour:
    """A tree after the page's files, and what its commands say."""

    def __init__(self, tree: Path, client: docker.DockerClient) -> None:
        self.tree, self.client = tree, client
        self.page = PAGE.read_text(encoding="utf-8")

    def files(self) -> None:
        """Write what the page says, for a stack of another name."""
        seen: set[str] = set()
        for block in blocks(PAGE):
            # What stands further below is about something else.
            if block.file not in seen:
                block.put(self.tree)
            seen.add(block.file)
        scripts = {"shop/orders.py", "shop/summaries.py", "shop/monitoring.sql"}
        assert seen == {*scripts, "shop.yaml", "Pulumi.staging.yaml"}
        (self.tree / "Pulumi.staging.yaml").rename(self.tree / f"Pulumi.{STACK}.yaml")
        (self.tree / "shop" / "chat.py").write_text(CHAT, encoding="utf-8")
        (self.tree / "shop" / "working.py").write_text(WORKING, encoding="utf-8")
        (self.tree / "team.env").touch(0o600)
        (self.tree / "team.env").write_text(
            # The password of the page's SQL; one of every character; a chat in place of Slack.
            "MONITORING_ORDERS_DB_PASSWORD='change-me$1'\n"
            f"MONITORING_ORDERS_CACHE_PASSWORD='{CACHE_PASSWORD.replace(chr(39), chr(92) + chr(39))}'\n"
            "MONITORING_SHOP_SLACK=http://chat:8000/services/x\n",
            encoding="utf-8",
        )

    def make(self, command: str, status: int = 0) -> str:
        """Run a command that the page has."""
        assert command in self.page, "the page says something else"
        words = command.replace("STACK=staging", f"STACK={STACK}")
        done = subprocess.run(
            shlex.split(words), cwd=self.tree, capture_output=True, text=True, check=False, timeout=1800
        )
        said = done.stdout + done.stderr
        assert done.returncode == status, f"{words} ended with {done.returncode}:\n{said}"
        return said

    def run(self, name: str, image: str, command: list[str], **options: Any) -> Container:
        """A container of the user's own, in the user's network."""
        reference = load_catalog()[image]
        built = [tag for tag in (reference.reference("built"),) if self.client.images.list(name=tag)]
        shop = {str(self.tree / "shop"): {"bind": "/shop", "mode": "ro"}, **options.pop("volumes", {})}
        return self.client.containers.run(
            built[0] if built else reference.reference("registry"),
            command,
            name=name,
            network=NETWORK,
            volumes=shop,
            detach=True,
            **options,
        )

    def told(self, *words: str) -> list[str]:
        """Messages in the chat that have all of these words."""
        text = self.client.containers.get("chat").logs().decode()
        messages = [json.dumps(json.loads(line)) for line in text.splitlines() if line.startswith("{")]
        return [message for message in messages if all(re.search(word, message) for word in words)]


@pytest.fixture(scope="module")
def hour(client: docker.DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hour]:
    """The user's services run in a network of their own; everything is removed at the end, whatever happened."""
    folder = tmp_path_factory.mktemp("hour")
    folder.chmod(0o755)
    hour = Hour(copied_tree(folder), client)
    hour.files()
    network = client.networks.create(NETWORK)
    containers: list[Container] = []
    try:
        served = ["uvicorn", "--app-dir", "/shop", "orders:app", "--host", "0.0.0.0", "--port", "8000"]
        containers.append(hour.run("orders-api", "demo", served))
        containers.append(hour.run("chat", "demo", ["chat"], environment={"PYTHONPATH": "/shop"}))
        containers.append(hour.run("summaries", "demo", ["working"], environment={"PYTHONPATH": "/shop"}))
        script = str(hour.tree / "shop" / "monitoring.sql")
        volume = {script: {"bind": "/docker-entrypoint-initdb.d/monitoring.sql", "mode": "ro"}}
        environment = {"POSTGRES_PASSWORD": "x", "POSTGRES_DB": "orders", "PGDATA": "/tmp/data"}
        containers.append(hour.run("orders-db", "postgres", ["postgres"], environment=environment, volumes=volume))
        cached = ["redis-server", "--requirepass", CACHE_PASSWORD]
        containers.append(hour.run("orders-cache", "redis", cached))
        yield hour
    finally:
        # The chat first: a network that somebody is in is not removed.
        for container in containers:
            container.remove(force=True, v=True)
        subprocess.run(["make", "destroy", f"STACK={STACK}"], cwd=hour.tree, check=True, timeout=600)
        network.remove()


def test_the_page_leads_from_a_clone_to_a_first_alert_and_its_all_clear(hour: Hour) -> None:
    said = hour.make("make secrets STACK=staging", status=2)
    assert said.count("not set") >= 3
    hour.make("make secrets STACK=staging ARGS='--env-file team.env'")
    checks = hour.make("make up STACK=staging")
    assert "target summaries" in checks
    shown = str(hour.client.containers.get("summaries").exec_run(["python3", "-c", ASKED]).output)
    assert 'gen_ai_client_token_usage_sum{gen_ai_request_model="gpt-5-mini",gen_ai_token_type="input"}' in shown
    assert 'gen_ai_client_operation_duration_seconds_count{error_type="",gen_ai_request_model="gpt-5-mini"}' in shown
    # Slack is reached from everywhere, its stand-in from where it is.
    hour.client.networks.get(f"monitoring-{STACK}").connect("chat")

    hour.make("make notify-test STACK=staging ARGS=shop-chat")
    assert until(lambda: hour.told("test"), 60)

    hour.make("docker stop orders-api")
    assert until(lambda: hour.told("ServiceDown", "orders-api"), 180), hour.make("make alerts STACK=staging")
    assert not hour.told("ServiceDown", "(?i)resolved")
    hour.make("docker start orders-api")
    assert until(lambda: hour.told("ServiceDown", "(?i)resolved"), 240), hour.make("make alerts STACK=staging")
