"""Routing by the programs that do it: amtool says where alerts go, a real Alertmanager when they go and when not."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
import yaml

from alerting.receivers import receiver_kinds
from alerting.receivers.receiver import Block
from alerting.routing import TEST_LABEL
from images.build import tool_path
from program.prepare import prepare_program
from settings.alerts import SEVERITIES
from settings.receiver import NOBODY_RECEIVER
from settings.stackfile import RawConfiguration
from tests.programs.placed import write_files
from tests.waiting import free_ports, until
from workloads.workload import Workload

SERVICES: list[dict[str, object]] = [
    {"name": "orders", "kind": "fastapi", "target": "orders:8000", "owner": "shop"},
    {"name": "orders-db", "kind": "redis", "target": "orders-db:6379", "owner": "shop"},
    {"name": "bills", "kind": "fastapi", "target": "bills:8000", "owner": "money"},
    {"name": "stray", "kind": "redis", "target": "stray:6379"},
]
TEAMS: dict[str, object] = {
    "shop": {"page": "pager", "notify": "chat", "escalate": {"after": "15m", "to": "boss"}},
    "money": {"notify": "mail"},
}
RECEIVERS = ("pager", "chat", "boss", "mail", "everyone")
# What teams are told, beside the record of everything.
TOLD: dict[tuple[str, str], str] = {
    ("shop", "critical"): "pager,chat,boss",
    ("shop", "high"): "chat",
    ("shop", "warning"): "chat",
    ("shop", "info"): "chat",
    **{("money", severity): "mail" for severity in SEVERITIES},
    **{(owner, severity): "everyone" for owner in ("unowned", "monitoring") for severity in SEVERITIES},
}


def workload(
    alerting: Mapping[str, object] | None = None,
    url: str = "http://127.0.0.1:9",
    secrets: frozenset[str] = frozenset(),
    **said: object,
) -> Workload:
    """Alertmanager of two teams, each of whose receivers is a path of one server."""
    sections: dict[str, object] = {
        "services": SERVICES,
        "environment": "prod",
        "receivers": {name: {"webhook": {"url": f"{url}/{name}"}} for name in RECEIVERS},
        "teams": TEAMS,
        "alerting": {"default": "everyone", **(alerting or {})},
        **said,
    }
    program = prepare_program(RawConfiguration("Pulumi.test.yaml", sections, secrets), "test")
    (found,) = [item for item in program.workloads if item.name == "alertmanager"]
    return found


# --- amtool ----------------------------------------------------------------------------------------------------------


def routed(file: Path, *labels: str) -> str:
    """The receivers that amtool says an alert with these labels has."""
    command = [str(tool_path("amtool")), "config", "routes", "test", f"--config.file={file}", *labels]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    now = datetime.now(UTC)
    maintenance = {
        "services": ["orders-db"],
        "from": f"{now:%Y-%m-%dT%H:%M}",
        "to": f"{now + timedelta(days=1):%Y-%m-%dT%H:%M}",
        "reason": "Upgrade",
    }
    placed = write_files(
        workload({"maintenance": [maintenance]}), tmp_path_factory.mktemp("am"), tmp_path_factory.mktemp("s") / "values"
    )
    return placed.config / "alertmanager.yml"


@pytest.mark.parametrize(("owner", "severity"), TOLD)
@pytest.mark.parametrize("service", ["orders", "orders-db"])
def test_amtool_tells_every_severity_of_every_team_what_the_settings_say(
    file: Path, owner: str, severity: str, service: str
) -> None:
    expected = f"history,{TOLD[owner, severity]}"
    labels = (f"owner={owner}", f"severity={severity}", f"service={service}", "alertname=ServiceDown")
    assert routed(file, *labels) == expected


def test_every_receiver_is_told_something() -> None:
    assert {name for names in TOLD.values() for name in names.split(",")} == set(RECEIVERS)


def test_amtool_sends_the_heartbeat_outside_alone(file: Path) -> None:
    assert routed(file, "alertname=Heartbeat", "severity=info", "owner=monitoring") == "heartbeat"


def test_amtool_tells_nobody_of_what_only_inhibits_and_does_not_record_it(file: Path) -> None:
    assert routed(file, "alertname=RecentCause", "severity=none", "owner=shop") == "nobody"


def test_amtool_tells_somebody_of_an_alert_without_labels(file: Path) -> None:
    assert routed(file, "alertname=Anything") == "history,everyone"


@pytest.mark.parametrize("receiver", RECEIVERS)
def test_amtool_sends_a_test_message_to_the_receiver_that_it_names_and_to_nobody_else(
    file: Path, receiver: str
) -> None:
    assert routed(file, f"{TEST_LABEL}={receiver}", "severity=critical", "owner=shop", "service=orders") == receiver


# --- Alertmanager ----------------------------------------------------------------------------------------------------


@dataclass
class Recorder:
    """What arrived at each path of a server, in order."""

    url: str
    messages: list[tuple[str, dict[str, Any]]]

    def told(self, receiver: str) -> list[str]:
        """Services that a receiver was told of, once for each message."""
        return [body["commonLabels"]["service"] for path, body in [*self.messages] if path == f"/{receiver}"]


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    messages: list[tuple[str, dict[str, Any]]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            messages.append((self.path, body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Recorder(f"http://127.0.0.1:{server.server_port}", messages)
        server.shutdown()


@contextmanager
def running(
    described: Workload, folder: Path, change: Callable[[Any], None] = lambda _: None
) -> Iterator[httpx.Client]:
    """A real Alertmanager with the configuration of a workload; the client is logged in to its API."""
    placed = write_files(described, folder, folder / "values.json")
    file = placed.config / "alertmanager.yml"
    config = yaml.safe_load(file.read_text(encoding="utf-8"))
    change(config)
    file.write_text(yaml.safe_dump(config), encoding="utf-8")
    (port,) = free_ports(1)
    args = [str(tool_path("alertmanager")), *placed.args, f"--web.listen-address=127.0.0.1:{port}"]
    zones = {"ZONEINFO": "/usr/share/zoneinfo"}
    with (folder / "log").open("wb") as log, subprocess.Popen(args, stderr=log, cwd=folder, env=zones) as process:
        try:
            password = (placed.secrets / "alertmanagerPassword").read_text(encoding="utf-8")
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", auth=("admin", password)) as client:
                ready = until(
                    lambda: process.poll() is not None or client.get("/-/ready").is_success,
                    30,
                    forgives=(httpx.TransportError,),
                )
                assert ready and process.poll() is None, (folder / "log").read_text(encoding="utf-8")
                yield client
        finally:
            process.terminate()


def without_history(config: Any) -> None:
    """Nothing of it runs here: only what receivers are told is looked at."""
    for receiver in config["receivers"]:
        if receiver["name"] != NOBODY_RECEIVER:
            receiver["webhook_configs"].pop()


def fire(
    client: httpx.Client, *services: str, for_minutes: float = 2, severity: str = "critical", **labels: str
) -> None:
    """Alerts that fire for so many minutes already: Alertmanager waits for nothing whose wait is over."""
    since = datetime.now(UTC) - timedelta(minutes=for_minutes)
    owners = {str(service["name"]): str(service.get("owner", "unowned")) for service in SERVICES}
    alerts = [
        {
            "labels": {
                "alertname": "ServiceDown",
                "service": service,
                "owner": owners[service],
                "severity": severity,
                "cause": "down",
                "environment": "prod",
                **labels,
            },
            "startsAt": since.isoformat(),
        }
        for service in services
    ]
    client.post("/api/v2/alerts", json=alerts).raise_for_status()


def groups(client: httpx.Client, receiver: str) -> dict[str, list[str]]:
    """Names of the times that keep back a receiver's message, by the alerts' service."""
    found = client.get("/api/v2/alerts/groups", params={"receiver": f"^{receiver}$", "muted": "true"}).json()
    return {
        alert["labels"]["service"]: alert["status"]["mutedBy"]
        for group in found
        if group["receiver"]["name"] == receiver
        for alert in group["alerts"]
    }


def eventually(ask: Callable[[str], object], receiver: str, expected: object) -> bool:
    """Whether a receiver comes to what is expected of it."""
    return until(lambda: ask(receiver) == expected, 30)


def test_a_critical_alert_pages_at_once_and_escalates_when_its_time_is_over(recorder: Recorder, tmp_path: Path) -> None:
    with running(workload(url=recorder.url), tmp_path, without_history) as client:
        fire(client, "orders", for_minutes=2)
        fire(client, "orders-db", for_minutes=20)
        assert until(lambda: recorder.told("boss"), 30) == ["orders-db"]
        for receiver in ("pager", "chat"):
            assert eventually(lambda name: sorted(recorder.told(name)), receiver, ["orders", "orders-db"])
        assert recorder.told("boss") == ["orders-db"]


def test_what_somebody_has_silenced_does_not_escalate(recorder: Recorder, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    silence = {
        "matchers": [{"name": "service", "value": "orders", "isRegex": False, "isEqual": True}],
        "startsAt": now.isoformat(),
        "endsAt": (now + timedelta(hours=1)).isoformat(),
        "createdBy": "a test",
        "comment": "somebody looks at it",
    }
    with running(workload(url=recorder.url), tmp_path, without_history) as client:
        client.post("/api/v2/silences", json=silence).raise_for_status()
        fire(client, "orders", "orders-db", for_minutes=20)
        # The second is the proof that the first had its time.
        assert until(lambda: "orders-db" in recorder.told("boss"), 30)
        assert recorder.told("boss") == ["orders-db"]
        assert "orders" not in recorder.told("pager")


def test_several_alerts_of_one_service_and_cause_are_one_message(recorder: Recorder, tmp_path: Path) -> None:
    with running(workload(url=recorder.url), tmp_path, without_history) as client:
        fire(client, "bills", severity="high", for_minutes=0.05)
        fire(client, "bills", severity="warning", for_minutes=0.05, alertname="TargetMissing", instance="b:1")
        fire(client, "bills", severity="warning", for_minutes=0.05, cause="latency", alertname="HighLatency")
        assert until(lambda: len(recorder.told("mail")) == 2, 60)
        names = [sorted(alert["labels"]["alertname"] for alert in body["alerts"]) for _, body in recorder.messages]
        assert sorted(names) == [["HighLatency"], ["ServiceDown", "TargetMissing"]]


def maintenance(begins: timedelta, ends: timedelta, zone: str) -> dict[str, object]:
    now = datetime.now(ZoneInfo(zone))
    said = {"from": f"{now + begins:%Y-%m-%dT%H:%M}", "to": f"{now + ends:%Y-%m-%dT%H:%M}", "timezone": zone}
    return {"services": ["orders-db"], "reason": "Upgrade", **said}


HOURS = timedelta(hours=1)
NAME = "alerting.maintenance[0]: Upgrade"


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Asia/Kathmandu", "America/Los_Angeles"])
@pytest.mark.parametrize(
    ("begins", "ends", "kept_back"),
    [(-2 * HOURS, 2 * HOURS, True), (-50 * HOURS, 50 * HOURS, True), (2 * HOURS, 4 * HOURS, False)],
)
def test_maintenance_keeps_back_what_it_names_while_it_lasts(
    recorder: Recorder, tmp_path: Path, zone: str, begins: timedelta, ends: timedelta, kept_back: bool
) -> None:
    described = workload({"maintenance": [maintenance(begins, ends, zone)]}, recorder.url)
    with running(described, tmp_path, without_history) as client:
        fire(client, "orders", "orders-db", "bills", for_minutes=20)
        told = {"orders"} if kept_back else {"orders", "orders-db"}
        for receiver in ("pager", "chat", "boss"):
            expected = {"orders": [], "orders-db": [NAME] if kept_back else []}
            # Alertmanager marks a group as muted when its message is due.
            assert eventually(lambda name: groups(client, name), receiver, expected)
            assert eventually(lambda name: set(recorder.told(name)), receiver, told)
        assert until(lambda: recorder.told("mail"), 30) == ["bills"]
        assert groups(client, "history") == {"orders": [], "orders-db": [], "bills": []}


def hours_around(now: datetime, *, inside: bool) -> dict[str, object]:
    """A weekly time on the day that it is in a time zone, which the hour that it is there is in or not."""
    if inside:
        return {"weekdays": [f"{now:%A}".lower()], "from": "00:00", "to": "24:00"}
    after = now + timedelta(days=2)
    return {"weekdays": [f"{after:%A}".lower()], "from": "00:00", "to": "24:00"}


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
@pytest.mark.parametrize("inside", [True, False])
def test_a_weekly_mute_and_a_teams_hours_are_read_in_their_time_zone(
    recorder: Recorder, tmp_path: Path, zone: str, inside: bool
) -> None:
    times = {"day": {**hours_around(datetime.now(ZoneInfo(zone)), inside=inside), "timezone": zone}}
    mute = [{"services": ["orders-db"], "during": "day", "reason": "Batch"}]
    teams = {**TEAMS, "money": {"notify": "mail", "during": "day"}}
    described = workload({"times": times, "mute": mute}, recorder.url, teams=teams)
    with running(described, tmp_path, without_history) as client:
        fire(client, "orders-db", "orders", "bills", "stray", severity="high")
        assert until(lambda: recorder.told("everyone"), 30) == ["stray"]
        told = {"orders"} if inside else {"orders", "orders-db"}
        assert until(lambda: set(recorder.told("chat")) == told, 30)
        kept_back = {"orders": [], "orders-db": ["alerting.mute[0]: Batch"] if inside else []}
        assert until(lambda: groups(client, "chat") == kept_back, 30)
        # Outside of its hours the team's message waits.
        assert until(lambda: groups(client, "mail") == {"bills": [] if inside else ["day"]}, 30)
        assert recorder.told("mail") == (["bills"] if inside else [])


# --- Every kind of receiver ------------------------------------------------------------------------------------------

KINDS: dict[str, dict[str, dict[str, object]]] = {
    "slack": {"webhook": {"webhook": "aSecret"}, "token": {"token": "aSecret", "channel": "#alerts"}},
    "email": {
        "login": {
            "to": ["a@example.com", "b@example.com"],
            "smarthost": "mail:587",
            "username": "u",
            "password": "aSecret",
        },
        "implicit": {"to": ["a@example.com"], "smarthost": "mail:465", "tls": "implicit", "from": "c@example.com"},
        "open": {"to": ["a@example.com"], "smarthost": "mail:25", "tls": "none"},
    },
    "pagerduty": {
        "usa": {"routing_key": "aSecret"},
        "eu": {"routing_key": "aSecret", "url": "https://eu.example.com/v2"},
    },
    "opsgenie": {"team": {"api_key": "aSecret", "responders": ["Shop"], "url": "https://eu.example.com"}},
    "msteams": {"workflow": {"webhook": "aSecret"}},
    "discord": {"channel": {"webhook": "aSecret"}},
    "telegram": {"group": {"bot_token": "aSecret", "chat": -100123, "thread": 4, "url": "https://bot.example.com"}},
    "webhook": {
        "open": {"url": "https://example.com/in"},
        "secret": {"url_secret": "aSecret"},
        "bearer": {"url": "https://example.com/in", "bearer_token": "aSecret"},
        "login": {"url": "https://example.com/in", "username": "u", "password": "aSecret"},
    },
    "raw": {
        "pushover": {
            "config": {
                "pushover_configs": [{"token_file": "/run/secrets/aSecret", "user_key_file": "/run/secrets/aSecret"}]
            },
            "secrets": ["aSecret"],
        }
    },
}


def block_of(kind: str, said: dict[str, object]) -> Block:
    """What a kind makes of its settings."""
    found = receiver_kinds()[kind]
    return found.alertmanager(found.settings.model_validate_json(json.dumps(said)))


def test_every_kind_is_tried() -> None:
    assert set(KINDS) == set(receiver_kinds())


@pytest.mark.parametrize(("kind", "variant"), [(kind, variant) for kind in KINDS for variant in KINDS[kind]])
def test_alertmanager_starts_with_every_kind_of_receiver(tmp_path: Path, kind: str, variant: str) -> None:
    said = KINDS[kind][variant]
    secrets = frozenset({"aSecret"} if "aSecret" in str(said) else ())
    sections: dict[str, Any] = {"receivers": {"it": {kind: said}}, "teams": {}, "services": [SERVICES[-1]]}
    described = workload({"default": "it"}, secrets=secrets, **sections)
    with running(described, tmp_path) as client:
        assert {found["name"] for found in client.get("/api/v2/receivers").json()} == {
            "nobody",
            "history",
            "heartbeat",
            "it",
        }
        loaded = yaml.safe_load(client.get("/api/v2/status").json()["config"]["original"])
    (receiver,) = [found for found in loaded["receivers"] if found["name"] == "it"]
    for integration in receiver_kinds()[kind].alertmanager(
        receiver_kinds()[kind].settings.model_validate_json(json.dumps(said))
    ):
        assert receiver[integration]


def test_messages_are_our_own_wherever_a_kind_has_words() -> None:
    for kind in set(KINDS) - {"webhook", "raw"}:
        (said, *_) = KINDS[kind].values()
        assert 'template "monitoring.' in str(block_of(kind, said))
