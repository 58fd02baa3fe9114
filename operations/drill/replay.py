"""How often people would be told of alerts that are known: a throwaway Alertmanager gets them again, and is counted.

Its time runs faster: every duration of its configuration and every moment of the alerts is divided by one figure.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import socket
from typing import Any

import httpx
import yaml

from operations.drill.told import Delivery, Seen, delivery_of
from runtimes.console import Failure
from settings.types import seconds

FASTER = 60.0
"""Five minutes become five seconds."""
_STARTS_WITHIN_SECONDS = 20.0
_DURATIONS = ("group_wait", "group_interval", "repeat_interval")
_LOOPBACK = "127.0.0.1"


def plain_configuration() -> dict[str, Any]:
    """Alertmanager as it is commonly set up: routed and inhibited by severity alone, a group for each alert's name."""
    severities = ("critical", "high", "warning", "info")
    return {
        "route": {
            "receiver": "notify",
            "group_by": ["alertname", "service"],
            "group_wait": "30s",
            "group_interval": "5m",
            "repeat_interval": "12h",
            "routes": [{"receiver": "page", "matchers": ['severity="critical"']}],
        },
        "inhibit_rules": [
            {
                "source_matchers": [f'severity="{stronger}"'],
                "target_matchers": [f'severity=~"{"|".join(severities[rank + 1 :])}"'],
                "equal": ["alertname", "service"],
            }
            for rank, stronger in enumerate(severities[:-1])
        ],
        "receivers": [{"name": name, "webhook_configs": [{"url": "http://replaced"}]} for name in ("page", "notify")],
    }


def replay(program: Path, configuration: Mapping[str, Any], alerts: Sequence[Seen]) -> list[Delivery]:
    """What an Alertmanager with this configuration sends of these alerts, in the order of arrival.

    Args:
        program: Alertmanager's executable.
        configuration: its routes and inhibitions; every receiver is replaced by one that counts.
        alerts: when each fires and ends.

    Raises:
        Failure: when Alertmanager does not start.
    """
    with tempfile.TemporaryDirectory() as folder, _counting() as (port, heard):
        file = Path(folder) / "alertmanager.yml"
        file.write_text(yaml.safe_dump(_counted(configuration, port)), encoding="utf-8")
        with _running(program, file) as api:
            _send(api, alerts)
            # One more round, in which what has ended is told.
            time.sleep(1.2 * _longest_interval(configuration) / FASTER)
        return list(heard)


def pages(deliveries: Sequence[Delivery]) -> int:
    """How many of the messages page somebody."""
    return sum(delivery.receiver == "page" and bool(delivery.firing) for delivery in deliveries)


def messages(deliveries: Sequence[Delivery]) -> int:
    """How many messages tell people that something fires."""
    return sum(delivery.receiver in ("page", "notify") and bool(delivery.firing) for delivery in deliveries)


def _send(api: httpx.Client, alerts: Sequence[Seen]) -> None:
    """Hand over each change at its moment."""
    began = time.monotonic()
    moments = sorted({moment for alert in alerts for moment in (alert.start, alert.end)})
    for moment in moments:
        time.sleep(max(0.0, moment / FASTER - (time.monotonic() - began)))
        now = datetime.now(UTC)
        far = now + timedelta(hours=1)
        changed = [
            {
                "labels": dict(alert.labels),
                "startsAt": (now - timedelta(seconds=(moment - alert.start) / FASTER)).isoformat(),
                "endsAt": (far if moment < alert.end else now).isoformat(),
            }
            for alert in alerts
            if moment in (alert.start, alert.end)
        ]
        api.post("/api/v2/alerts", json=changed).raise_for_status()


def _counted(configuration: Mapping[str, Any], port: int) -> dict[str, Any]:
    """The same configuration in fast time, with receivers that only count."""
    url = f"http://{_LOOPBACK}:{port}/"
    return {
        "route": _fast(configuration["route"]),
        "inhibit_rules": configuration["inhibit_rules"],
        "receivers": [
            {"name": receiver["name"], "webhook_configs": [{"url": url, "send_resolved": True}]}
            for receiver in configuration["receivers"]
        ],
        "time_intervals": configuration.get("time_intervals", []),
    }


def _fast(route: Mapping[str, Any]) -> dict[str, Any]:
    durations = {key: _divided(route[key]) for key in _DURATIONS if key in route}
    below = [_fast(each) for each in route.get("routes", ())]
    return {**route, **durations, **({"routes": below} if below else {})}


def _divided(duration: str) -> str:
    return f"{max(1, round(seconds(duration) * 1000 / FASTER))}ms" if seconds(duration) else "0s"


def _longest_interval(configuration: Mapping[str, Any]) -> float:
    return float(seconds(configuration["route"].get("group_interval", "5m")))


@contextmanager
def _counting() -> Iterator[tuple[int, list[Delivery]]]:
    """A receiver on loopback: its port, and what it was sent."""
    heard: list[Delivery] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            payload = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            heard.append(delivery_of({"arrived": time.time(), "payload": payload}))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer((_LOOPBACK, 0), Receiver) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server.server_address[1], heard
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def _running(program: Path, file: Path) -> Iterator[httpx.Client]:
    """Alertmanager on a port of loopback that nobody uses."""
    with socket() as free:
        free.bind((_LOOPBACK, 0))
        port = free.getsockname()[1]
    command = [
        str(program),
        f"--config.file={file}",
        f"--storage.path={file.parent}",
        f"--web.listen-address={_LOOPBACK}:{port}",
        "--cluster.listen-address=",
    ]
    said = file.parent / "said.log"
    with said.open("w", encoding="utf-8") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            with httpx.Client(base_url=f"http://{_LOOPBACK}:{port}", trust_env=False) as api:
                if not _ready(api, process):
                    raise Failure(f"Alertmanager did not start: {said.read_text(encoding='utf-8')[-600:]}")
                yield api
        finally:
            process.terminate()
            process.wait()


def _ready(api: httpx.Client, process: subprocess.Popen[bytes]) -> bool:
    end = time.monotonic() + _STARTS_WITHIN_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            if api.get("/-/ready").status_code == 200:
                return True
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    return False
