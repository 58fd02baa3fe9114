"""`make notify-test` with a real Alertmanager: the marked message arrives, and the receiver's answer is told."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
import yaml

from alerting.routing import TEST_LABEL
from components.collector_gateway import ALERTS_PATH
from components.endpoints import ALERTMANAGER, GATEWAY_ALERTS, Endpoint, GuardedEndpoint
from operations.oncall.notify_test import Answered, notify_test
from operations.verify.clients import AlertmanagerApi
from operations.verify.declared import Declared
from operations.verify.live import Live
from program.prepare import prepare_program
from runtimes.docker.health import PublishedApi
from runtimes.health import Api, Health
from tests.plans import raw_configuration
from tests.programs.alertmanager import running
from tests.standins import services
from tests.standins.http import Answer, HttpStandin
from tests.standins.reading import slack_words
from tests.standins.smtp import SmtpStandin
from tests.waiting import until

PATH = "/services/T/B/x"
BEARER, PASSWORD = "bearer", "mail password"
# Prints a file, whatever else is asked of it.
_PRINT = "import pathlib, sys; print(pathlib.Path(sys.argv[1]).read_text())"


@dataclass(frozen=True)
class OneAlertmanager:
    """A runtime on which nothing but Alertmanager runs, here."""

    http: httpx.Client
    folder: Path

    def api(self, endpoint: Endpoint) -> Api:
        assert isinstance(endpoint, GuardedEndpoint)
        login = endpoint.login
        password = (self.folder / "secrets" / login.secret).read_text(encoding="utf-8")
        url = str(self.http.base_url).rstrip("/")
        return PublishedApi(endpoint.workload, url, lambda: (login.username, password), self.http, "", "")

    def logs(self, workload: str) -> str:
        return shlex.join([sys.executable, "-c", _PRINT, str(self.folder / "alertmanager.log")])


@dataclass
class Tried:
    """The stack's Alertmanager with a chat, a mailbox and a webhook."""

    web: HttpStandin
    mail: SmtpStandin
    live: Live
    client: httpx.Client

    def test(self, receiver: str, patience: float = 20) -> Answered:
        return notify_test(self.live, receiver, patience, pause=0.1)

    def recorded(self, receiver: str) -> list[Any]:
        return [message.body for message in self.web.taken["history"] if message.body["receiver"] == receiver]

    def tests_there(self) -> list[dict[str, Any]]:
        """Test messages that Alertmanager has in mind."""
        alerts = [alert for group in self.live.alertmanager.groups() for alert in group["alerts"]]
        return [alert for alert in alerts if TEST_LABEL in alert["labels"]]

    def end_all(self) -> None:
        """Let every test end, which takes two minutes otherwise."""
        for alert in self.tests_there():
            over = {key: alert[key] for key in ("labels", "annotations", "startsAt")}
            self.live.alertmanager.raise_alert(over | {"endsAt": datetime.now(UTC).isoformat()})


@pytest.fixture
def tried(tmp_path: Path) -> Iterator[Tried]:
    with ExitStack() as stack:
        web = stack.enter_context(
            HttpStandin(
                {
                    "history": lambda message: Answer(200),
                    "slack": services.slack(PATH),
                    "webhook": services.webhook("/in", BEARER),
                }
            )
        )
        mail = stack.enter_context(SmtpStandin(("robot@example.com", PASSWORD), tmp_path))
        values = {
            "chatUrl": f"{web.url('slack')}{PATH}",
            "hookUrl": f"{web.url('webhook')}/in",
            "hookToken": BEARER,
            "mailPassword": PASSWORD,
        }
        mailbox = {
            "to": ["ops@example.com"],
            "smarthost": f"localhost:{mail.port}",
            "username": "robot@example.com",
            "password": "mailPassword",
        }
        sections = {
            "demo": None,
            "services": [{"name": "api", "kind": "fastapi", "target": "api:8000", "owner": "shop"}],
            "receivers": {
                "chat": {"slack": {"webhook": "chatUrl", "channel": "#alerts"}},
                "hook": {"webhook": {"url_secret": "hookUrl", "bearer_token": "hookToken"}},
                "post": {"email": mailbox},
            },
            "teams": {"shop": {"page": "hook", "notify": "post"}},
            "alerting": {"default": "chat"},
        }
        program = prepare_program(raw_configuration("dev", sections, values), "dev")
        (workload,) = [found for found in program.workloads if found.name == ALERTMANAGER.workload]
        assert workload.config
        config = yaml.safe_load(workload.config.files["alertmanager.yml"])
        for route in config["route"]["routes"]:
            if TEST_LABEL in str(route.get("matchers")):
                route["group_interval"] = "1s"
        text = yaml.safe_dump(config).replace(f"{GATEWAY_ALERTS.url}{ALERTS_PATH}", web.url("history"))
        here = replace(workload.config, files={**workload.config.files, "alertmanager.yml": text})
        client = stack.enter_context(running(tmp_path, replace(workload, config=here), values))
        health = cast(Health, OneAlertmanager(client, tmp_path))
        yield Tried(web, mail, Live(Declared("dev", program), health, client), client)


def test_every_receiver_gets_one_marked_message_which_is_recorded_and_whose_end_is_not_told(
    tried: Tried, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "ada")
    for receiver, integration in {"chat": "slack", "post": "email", "hook": "webhook"}.items():
        answer = tried.test(receiver)
        assert answer.taken
        assert answer.told.startswith(f"{receiver} took the test message by {integration} within ")
        assert answer.told.endswith(" s.")
    tried.end_all()
    assert until(lambda: not tried.tests_there(), 30)

    (chat,), (hook,), (mail,) = tried.web.taken["slack"], tried.web.taken["webhook"], tried.mail.taken
    (said,) = chat.body["attachments"]
    assert "NotifyTest" in said["title"]
    assert "Test: ada tries the receiver chat, and nothing is wrong" in slack_words(said["text"])
    assert "Test: ada tries the receiver post, and nothing is wrong" in mail.part("plain")
    assert "Nobody needs to do anything." in mail.part("plain")
    (alert,) = hook.body["alerts"]
    assert (alert["labels"]["alertname"], alert["status"]) == ("NotifyTest", "firing")
    for receiver in ("chat", "post", "hook"):
        (record,) = tried.recorded(receiver)
        assert record["status"] == "firing"
    assert not tried.recorded("history")


def test_without_its_silence_the_end_would_be_told(tried: Tried, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AlertmanagerApi, "silence", lambda *_: "")
    assert tried.test("hook").taken
    tried.end_all()
    assert until(
        lambda: [message.body["status"] for message in tried.web.taken["webhook"]] == ["firing", "resolved"], 30
    )


def test_a_refusing_receivers_own_words_are_told(tried: Tried) -> None:
    tried.web.broken["slack"] = Answer(404, "no_service")
    assert tried.test("chat") == Answered(
        False,
        'chat did not take the test message. slack[0]: channel "#alerts": unexpected status code 404: no_service.',
    )
    tried.web.broken["webhook"] = Answer(503, 'busy with "you"\nlater')
    refused = 'hook did not take the test message. webhook[0]: unexpected status code 503: busy with "you" later.'
    assert tried.test("hook") == Answered(False, refused)
    tried.mail.login = ("robot@example.com", "another password")
    answer = tried.test("post")
    assert not answer.taken
    assert answer.told.startswith("post did not take the test message. email[0]: ")
    assert "535" in answer.told


def test_a_record_that_fails_is_told_apart_from_the_receiver(tried: Tried) -> None:
    tried.web.broken["history"] = Answer(500, "full")
    answer = tried.test("hook")
    assert answer.taken
    assert answer.told.endswith(" The history of alerts did not record it: unexpected status code 500: full")
    tried.web.broken["webhook"] = Answer(401, "who?")
    answer = tried.test("hook", patience=5)
    assert not answer.taken
    assert answer.told.startswith("hook did not take the test message. webhook: refused;")
