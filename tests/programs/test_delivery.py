"""What people read: alerts given to the real Alertmanager, and the messages that arrive at stand-ins of each service.

The texts are compared as their reader sees them, once the markup of the service is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

import httpx
import pytest
import yaml

from components.collector_gateway import ALERTS_PATH
from components.endpoints import ALERTMANAGER, GATEWAY_ALERTS
from program.prepare import prepare_program
from tests.plans import raw_configuration
from tests.programs.alertmanager import OUTSIDE, PATIENCE, running
from tests.standins import services
from tests.standins.http import Answer, HttpStandin, Message, Service
from tests.standins.reading import markdown_words, read_page, slack_links, slack_words, telegram_words
from tests.standins.smtp import Mail, SmtpStandin
from tests.waiting import until
from workloads.workload import Workload

ZONE = "Europe/Berlin"
RUNBOOK = "https://runbooks.example.com/ServiceDown.html"
DASHBOARD = "https://grafana.example.com/d/services/services?var-service=shop-api&from=now-1h"
CHAT = -1001234567890
# Signs that a shell, YAML, Go's templates, HTML or a URL would make something else of.
PATHS = {"slack": "/services/T$HOME/B'1/x%22y", "msteams": "/workflows/a?sig=a%2Fb$c&sp=d", "discord": "/api/1/$a'b"}
PASSWORD = "p$a\"s's \\w<ö>rd & {{ 🔑 }}"
TOKEN = "123456:AA$b-'c"
BEARER = "b$e\"a'r\\e<r>&"
PAGER_KEY = "$1'23456789\"abcdef&0123456789<a>"
GENIE_KEY = "$g'e\"n\\i<e>&"
SERVICES = ("slack", "msteams", "discord", "telegram", "pagerduty", "opsgenie", "webhook")


def receivers(web: HttpStandin, mail: SmtpStandin) -> dict[str, object]:
    """One receiver of each kind that has messages of its own or its own protocol, as a stack file says them."""
    return {
        "chat": {"slack": {"webhook": "chatUrl", "channel": "#alerts"}},
        "cards": {"msteams": {"webhook": "cardsUrl"}},
        "game": {"discord": {"webhook": "gameUrl"}},
        "bot": {"telegram": {"bot_token": "botToken", "chat": CHAT, "url": web.url("telegram")}},
        "pager": {"pagerduty": {"routing_key": "pagerKey", "url": f"{web.url('pagerduty')}/v2/enqueue"}},
        "genie": {"opsgenie": {"api_key": "genieKey", "responders": ["shop"], "url": web.url("opsgenie")}},
        "hook": {"webhook": {"url_secret": "hookUrl", "bearer_token": "hookToken"}},
        "post": {
            "email": {
                "to": ["ops@example.com", "shop@example.com"],
                "smarthost": f"localhost:{mail.port}",
                "username": "robot@example.com",
                "password": "mailPassword",
            }
        },
    }


def secrets(web: HttpStandin) -> dict[str, str]:
    return {
        "chatUrl": web.url("slack") + PATHS["slack"],
        "cardsUrl": web.url("msteams") + PATHS["msteams"],
        "gameUrl": web.url("discord") + PATHS["discord"],
        "hookUrl": f"{web.url('webhook')}/in",
        "hookToken": BEARER,
        "botToken": TOKEN,
        "pagerKey": PAGER_KEY,
        "genieKey": GENIE_KEY,
        "mailPassword": PASSWORD,
    }


@dataclass
class Delivery:
    """A running Alertmanager, and everyone it tells."""

    web: HttpStandin
    mail: SmtpStandin
    client: httpx.Client
    start: datetime = field(default_factory=lambda: datetime.now(UTC) - timedelta(hours=1))

    def send(self, *alerts: Mapping[str, Any]) -> None:
        self.client.post("/api/v2/alerts", json=[*alerts]).raise_for_status()

    def alert(
        self,
        labels: Mapping[str, str],
        annotations: Mapping[str, str],
        *,
        resolved: bool = False,
        start: datetime | None = None,
    ) -> dict[str, Any]:
        """An alert that began at `start`, by default so long ago that its group does not wait for others.

        One that is over lasted 12 minutes and 4 seconds.
        """
        start = start or self.start
        end = start + (timedelta(minutes=12, seconds=4) if resolved else timedelta(hours=2))
        return {
            "labels": {"environment": "production", "severity": "critical", "cause": "down", **labels},
            "annotations": {**annotations},
            "startsAt": start.isoformat(),
            "endsAt": end.isoformat(),
        }

    def got(self, service: str, about: str, *, count: int = 1) -> list[Message]:
        """Messages that a service took about something, once there are as many."""

        def found() -> list[Message]:
            return [message for message in self.web.taken[service] if about in str(message.body)]

        messages = until(lambda: found() if len(found()) >= count else [], PATIENCE)
        assert len(messages) == count, (self.web.taken[service], self.web.refused[service])
        return messages

    def mails(self, about: str, *, count: int = 1) -> list[Mail]:
        def found() -> list[Mail]:
            return [mail for mail in self.mail.taken if about in mail.part("plain") or about in mail.content["Subject"]]

        mails = until(lambda: found() if len(found()) >= count else [], PATIENCE)
        assert len(mails) == count
        return mails

    def metric(self, name: str, **labels: str) -> float:
        """The sum of the series of a counter of Alertmanager that have these labels."""
        wanted = [f'{key}="{value}"' for key, value in labels.items()]
        lines = self.client.get("/metrics").text.splitlines()
        found = [line for line in lines if line.startswith(f"{name}{{") and all(part in line for part in wanted)]
        return sum(float(line.rpartition(" ")[2]) for line in found)


def rendered(web: HttpStandin, mail: SmtpStandin) -> Workload:
    """Alertmanager as the stack file makes it; only the tree is another: every receiver gets everything, soon."""
    told = receivers(web, mail)
    sections = {
        "services": [
            {"name": "shop-api", "kind": "fastapi", "target": "shop-api:8000", "owner": "chat"},
            {
                "name": "shop-web",
                "kind": "node",
                "target": "shop-web:3000",
                "owner": "chat",
                "depends_on": ["shop-api"],
            },
        ],
        "demo": None,
        "receivers": told,
        "teams": {name: {"notify": name} for name in told},
        "alerting": {"default": "chat", "timezone": ZONE},
    }
    program = prepare_program(raw_configuration("dev", sections, secrets(web)), "dev")
    (workload,) = [workload for workload in program.workloads if workload.name == ALERTMANAGER.workload]
    assert workload.config
    config = yaml.safe_load(workload.config.files["alertmanager.yml"])
    config["route"] = {
        "receiver": "chat",
        "group_by": config["route"]["group_by"],
        "group_wait": "3s",
        "group_interval": "1s",
        "routes": [{"receiver": name, "continue": True} for name in told],
    }
    text = yaml.safe_dump(config, allow_unicode=True).replace(f"{GATEWAY_ALERTS.url}{ALERTS_PATH}", web.url("history"))
    return replace(workload, config=replace(workload.config, files={**workload.config.files, "alertmanager.yml": text}))


@pytest.fixture(scope="module")
def delivery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Delivery]:
    """Alertmanager with every receiver, told nothing yet."""
    folder = tmp_path_factory.mktemp("delivery")
    standins: dict[str, Service] = {
        "history": lambda message: Answer(200),
        "slack": services.slack(PATHS["slack"]),
        "msteams": services.msteams(PATHS["msteams"]),
        "discord": services.discord(PATHS["discord"]),
        "telegram": services.telegram(TOKEN, CHAT),
        "pagerduty": services.pagerduty(PAGER_KEY),
        "opsgenie": services.opsgenie(GENIE_KEY),
        "webhook": services.webhook("/in", BEARER),
    }
    with ExitStack() as stack:
        web = stack.enter_context(HttpStandin(standins))
        mail = stack.enter_context(SmtpStandin(("robot@example.com", PASSWORD), folder))
        client = stack.enter_context(running(folder, rendered(web, mail), secrets(web)))
        yield Delivery(web, mail, client)


@pytest.fixture(scope="module")
def down(delivery: Delivery) -> Delivery:
    """One service is down, and then answers again."""
    labels = {"alertname": "ServiceDown", "service": "shop-api", "instance": "shop-api:8000"}
    said = {
        "summary": "shop-api is down: shop-api:8000 does not answer Prometheus",
        "description": "Every scrape of shop-api:8000 failed for at least one minute.",
        "runbook_url": RUNBOOK,
        "dashboard_url": DASHBOARD,
    }
    delivery.send(delivery.alert(labels, said))
    for service in SERVICES:
        delivery.got(service, "shop-api")
    delivery.mails("shop-api")
    delivery.send(delivery.alert(labels, said, resolved=True))
    return delivery


def moment(when: datetime) -> str:
    """A time as messages say it."""
    local = when.astimezone(ZoneInfo(ZONE))
    return f"{local:%a} {local.day} {local:%b, %H:%M %Z}"


def firing_line(delivery: Delivery) -> str:
    return f"shop-api is down: shop-api:8000 does not answer Prometheus, since {moment(delivery.start)}"


def resolved_line(delivery: Delivery) -> str:
    end = moment(delivery.start + timedelta(minutes=12, seconds=4))
    return f"shop-api is down: shop-api:8000 does not answer Prometheus, lasted 12m 4s, until {end}"


# Its own alerts are held back meanwhile.
NEEDED = "Needed by shop-web"
FIRING = "🔴 CRITICAL · shop-api · ServiceDown · production"
RESOLVED = "✅ RESOLVED · shop-api · ServiceDown · production"
MATCHERS = '{cause="down",environment="production",service="shop-api"}'


def silenced(url: str) -> str:
    """What the page of a new silence is filled with, as its script reads it: a plus sign is no space there."""
    page, _, query = urlsplit(url).fragment.partition("?filter=")
    assert url.startswith(f"{OUTSIDE}/#/silences/new?"), url
    assert page == "/silences/new"
    return unquote(query)


# --- Each service ----------------------------------------------------------------------------------------------------


def test_slack_gets_a_title_one_line_and_links_and_hears_when_it_is_over(down: Delivery) -> None:
    firing, resolved = (message.body for message in down.got("slack", "shop-api", count=2))
    (said,) = firing["attachments"]
    assert firing["channel"] == "#alerts"
    assert (said["title"], said["title_link"], said["color"]) == (FIRING, DASHBOARD, "#b3261e")
    assert slack_words(said["text"]) == f"{firing_line(down)}\n{NEEDED}\nRunbook · Dashboard · Silence"
    links = slack_links(said["text"])
    assert (links["Runbook"], links["Dashboard"], silenced(links["Silence"])) == (RUNBOOK, DASHBOARD, MATCHERS)
    # What a phone's lock screen shows.
    assert said["fallback"] == "CRITICAL in production: shop-api is down: shop-api:8000 does not answer Prometheus"
    (said,) = resolved["attachments"]
    assert (said["title"], said["color"]) == (RESOLVED, "#1b7f3b")
    assert slack_words(said["text"]) == f"{resolved_line(down)}\nRunbook · Dashboard"


def test_pagerduty_gets_one_event_that_the_resolved_one_closes(down: Delivery) -> None:
    firing, resolved = (message.body for message in down.got("pagerduty", "shop-api", count=2))
    assert (firing["event_action"], resolved["event_action"]) == ("trigger", "resolve")
    assert firing["dedup_key"] == resolved["dedup_key"]
    assert (firing["client"], firing["client_url"]) == ("Alertmanager", OUTSIDE)
    payload = firing["payload"]
    assert payload["summary"] == "CRITICAL in production: shop-api is down: shop-api:8000 does not answer Prometheus"
    fields = {"source": "shop-api", "severity": "critical", "class": "down", "component": "shop-api"}
    assert payload.items() >= {**fields, "group": "production"}.items()
    assert payload["custom_details"]["firing"].startswith(f"{firing_line(down)}\n{NEEDED}\n")
    links = {link["text"]: link["href"] for link in firing["links"]}
    assert (links["Runbook"], links["Dashboard"], silenced(links["Silence"])) == (RUNBOOK, DASHBOARD, MATCHERS)


def test_opsgenie_gets_one_alert_that_is_closed(down: Delivery) -> None:
    firing, resolved = down.got("opsgenie", "example.com", count=2)
    alert = firing.body
    assert alert["message"] == "CRITICAL in production: shop-api is down: shop-api:8000 does not answer Prometheus"
    assert alert["description"].startswith(f"{firing_line(down)}\n{NEEDED}\n")
    assert (alert["priority"], alert["entity"], alert["tags"]) == ("P1", "shop-api", ["down", "production"])
    assert alert["responders"] == [{"name": "shop", "type": "team"}]
    details = alert["details"]
    assert (details["runbook"], details["dashboard"]) == (RUNBOOK, DASHBOARD)
    assert silenced(details["silence"]) == MATCHERS
    assert resolved.path == f"/v2/alerts/{alert['alias']}/close?identifierType=alias"


@pytest.mark.parametrize("service", ["msteams", "discord"])
def test_teams_and_discord_get_markdown_with_links(down: Delivery, service: str) -> None:
    firing, resolved = (read_card(service, message) for message in down.got(service, "shop-api", count=2))
    gap = "\n\n" if service == "msteams" else "\n"
    assert firing[0] == FIRING
    assert markdown_words(firing[1], service) == f"{firing_line(down)}{gap}{NEEDED}{gap}Runbook · Dashboard · Silence"
    for link in (f"[Runbook]({RUNBOOK})", f"[Dashboard]({DASHBOARD})"):
        assert link in firing[1]
    assert silenced(firing[1].partition("[Silence](")[2].rstrip(")")) == MATCHERS
    assert resolved[0] == RESOLVED
    assert markdown_words(resolved[1], service) == f"{resolved_line(down)}{gap}Runbook · Dashboard"


def read_card(service: str, message: Message) -> tuple[str, str]:
    """Title and text of a card of Teams or an embed of Discord."""
    if service == "discord":
        (embed,) = message.body["embeds"]
        return embed["title"], embed["description"]
    title, text = message.body["attachments"][0]["content"]["body"]
    return title["text"], text["text"]


def test_telegram_gets_html_with_links(down: Delivery) -> None:
    firing, resolved = (message.body["text"] for message in down.got("telegram", "shop-api", count=2))
    assert telegram_words(firing) == f"{FIRING}\n{firing_line(down)}\n{NEEDED}\nRunbook Dashboard Silence"
    assert f'<a href="{RUNBOOK}">Runbook</a>' in firing
    assert telegram_words(resolved) == f"{RESOLVED}\n{resolved_line(down)}\nRunbook Dashboard "


def test_a_mail_says_it_in_text_and_in_html_and_is_answered_by_no_absence(down: Delivery) -> None:
    firing, resolved = down.mails("shop-api", count=2)
    assert (firing.sender, firing.recipients) == ("robot@example.com", ["ops@example.com", "shop@example.com"])
    assert (firing.content["Subject"], resolved.content["Subject"]) == (FIRING, RESOLVED)
    assert firing.content["Auto-Submitted"] == "auto-generated"
    assert firing.content["In-Reply-To"] == resolved.content["In-Reply-To"]
    text = firing.part("plain")
    about, _, silence = text.rstrip().rpartition("Silence: ")
    assert about == (
        f"{firing_line(down)}\n{NEEDED}\n\nEvery scrape of shop-api:8000 failed for at least one minute.\n\n"
        f"Runbook: {RUNBOOK}\nDashboard: {DASHBOARD}\n"
    )
    assert silenced(silence) == MATCHERS
    page = read_page(firing.part("html"))
    assert all(said in page.text for said in (FIRING, f"since {moment(down.start)}", NEEDED))
    assert NEEDED not in read_page(resolved.part("html")).text
    assert (page.links["Runbook"], page.links["Dashboard"]) == (RUNBOOK, DASHBOARD)
    assert silenced(page.links["Silence"]) == MATCHERS
    # Mail programs show nothing that has to be fetched, and many take out style sheets.
    assert not page.tags & {"img", "link", "script", "style"}
    assert "lasted 12m 4s" in read_page(resolved.part("html")).text
    assert "Silence" not in read_page(resolved.part("html")).links


def test_a_webhook_gets_the_alert_as_it_is(down: Delivery) -> None:
    firing, resolved = (message.body for message in down.got("webhook", "shop-api", count=2))
    assert (firing["status"], resolved["status"], firing["receiver"]) == ("firing", "resolved", "hook")
    assert firing["groupLabels"] == {"cause": "down", "environment": "production", "service": "shop-api"}
    history = until(lambda: [each.body for each in down.web.taken["history"] if "shop-api" in str(each.body)], 30)
    assert {each["receiver"] for each in history} == {"bot", "cards", "chat", "game", "genie", "hook", "pager", "post"}


# --- Groups ----------------------------------------------------------------------------------------------------------


def test_alerts_of_one_cause_are_one_message_that_lists_five_from_the_worst(delivery: Delivery) -> None:
    now = datetime.now(UTC)
    alerts = [
        delivery.alert(
            {"alertname": f"Slow{number}", "service": "orders-db", "severity": severity, "cause": "latency"},
            {
                "summary": f"orders-db takes {number}.5 s",
                "runbook_url": f"https://runbooks.example.com/Slow{number}.html",
                "dashboard_url": f"https://grafana.example.com/d/{number}",
            },
            start=now,
        )
        for number, severity in enumerate(["warning", "high", *["info"] * 6])
    ]
    delivery.send(*alerts)
    ((chat,), (pager,), (alert,)) = (delivery.got(name, "orders-db") for name in ("slack", "pagerduty", "opsgenie"))
    (said,) = chat.body["attachments"]
    assert said["title"] == "🟠 HIGH · orders-db · 8 alerts · production"
    since = moment(now)
    lines = slack_words(said["text"]).splitlines()
    assert lines[:5] == [f"• orders-db takes {number}.5 s, since {since} - Runbook" for number in (1, 0, 2, 3, 4)]
    assert lines[5:] == ["• and 3 more", "Dashboard · Silence"]
    assert "|Runbook>" in said["text"] and "https://runbooks.example.com/Slow4.html" in said["text"]
    assert pager.body["payload"]["severity"] == "error"
    assert pager.body["payload"]["summary"] == "HIGH in production: orders-db takes 1.5 s (and 7 more)"
    assert alert.body["priority"] == "P2"
    assert "• and 5 more" in telegram_words(delivery.got("telegram", "orders-db")[0].body["text"])
    assert "and 3 more" in read_page(delivery.mails("orders-db")[0].part("html")).text


def test_what_is_over_in_a_group_is_counted_while_the_rest_fires(delivery: Delivery) -> None:
    labels = [{"alertname": "TargetsDown", "service": "stock", "instance": f"stock-{number}"} for number in (1, 2)]
    said = [{"summary": f"stock-{number} does not answer"} for number in (1, 2)]
    now = datetime.now(UTC)
    delivery.send(*(delivery.alert(*each, start=now) for each in zip(labels, said, strict=True)))
    (message,) = delivery.got("slack", "stock-1")
    assert message.body["attachments"][0]["title"] == "🔴 CRITICAL · stock · TargetsDown (2) · production"
    delivery.send({**delivery.alert(labels[0], said[0], start=now), "endsAt": datetime.now(UTC).isoformat()})
    (attachment,) = delivery.got("slack", "· stock ·", count=2)[1].body["attachments"]
    lines = slack_words(attachment["text"]).splitlines()
    # Without a runbook and a dashboard there is still something to press.
    assert lines == [f"• stock-2 does not answer, since {moment(now)}", "✅ 1 resolved", "Silence"]
    for service, words in (("telegram", "✅ 1 resolved"), ("msteams", "✅ 1 resolved"), ("discord", "✅ 1 resolved")):
        assert words in str(delivery.got(service, "· stock ·", count=2)[1].body)


# --- Signs -----------------------------------------------------------------------------------------------------------

SIGNS = "$HOME `id` \"two\" 'one' \\back <b>bold</b> <!channel> & &amp; *star* _low_ ~wave~ [a](b) | #1 {{ . }} 🔥 Öl"


def test_signs_arrive_as_they_are_in_every_protocol(delivery: Delivery) -> None:
    """What is markup somewhere is text in a label or an annotation; a line break is a space in a line."""
    service = 'a <b> & "c" 🔥 \\d'
    labels = {"alertname": "Signs", "service": service}
    said = {
        "summary": f"{SIGNS}\nnext",
        "runbook_url": "https://runbooks.example.com/a (b)|c>.html?q=1&r=2",
        "dashboard_url": f"https://grafana.example.com/d/x?var-service={service}",
    }
    delivery.send(delivery.alert(labels, said))
    line = f"{SIGNS} next, since {moment(delivery.start)}"
    title = f"🔴 CRITICAL · {service} · Signs · production"
    runbook = "https://runbooks.example.com/a%20%28b%29%7Cc%3E.html?q=1&r=2"

    (chat,) = delivery.got("slack", "Signs")[0].body["attachments"]
    assert slack_words(chat["title"]) == title
    assert slack_words(chat["text"]).splitlines()[0] == line
    assert slack_links(chat["text"])["Runbook"] == runbook
    matchers = silenced(slack_links(chat["text"])["Silence"])
    assert matchers == '{cause="down",environment="production",service="a <b> & \\"c\\" 🔥 \\\\d"}'
    for name in ("discord", "msteams"):
        head, text = read_card(name, delivery.got(name, "Signs")[0])
        assert markdown_words(head, name) == title
        assert markdown_words(text, name).splitlines()[0] == line
        assert f"[Runbook]({runbook})" in text
    telegram = telegram_words(delivery.got("telegram", "Signs")[0].body["text"])
    assert telegram.splitlines()[:2] == [title, line]
    assert delivery.got("pagerduty", "Signs")[0].body["payload"]["summary"] == f"CRITICAL in production: {SIGNS} next"
    assert delivery.got("opsgenie", "Signs")[0].body["description"].splitlines()[0] == line
    assert delivery.got("webhook", "Signs")[0].body["alerts"][0]["annotations"] == said
    (mail,) = delivery.mails("Signs")
    assert mail.content["Subject"] == title
    assert mail.part("plain").splitlines()[0] == line
    page = read_page(mail.part("html"))
    assert f"{SIGNS} next since" in page.text
    assert "b" in page.tags and "script" not in page.tags
    assert silenced(page.links["Silence"]) == matchers


def test_what_is_too_long_is_cut_and_still_taken(delivery: Delivery) -> None:
    """Escaping makes five of one, and services refuse what is too long, or Alertmanager sends an excuse instead."""
    links, now = {"runbook_url": RUNBOOK, "dashboard_url": DASHBOARD}, datetime.now(UTC)
    signs = ("x", "<", "&", '"', "*", "🔥")
    delivery.send(
        *(
            delivery.alert(
                {"alertname": "Long", "service": f"long-{ord(sign)}-", "instance": str(number)},
                {"summary": sign * 5000, "description": sign * 500, **links},
                start=now,
            )
            for sign in signs
            for number in range(20)
        )
    )
    for sign in signs:
        about, cut = f"long-{ord(sign)}-", sign * 160 + "…"
        assert cut in telegram_words(delivery.got("telegram", about)[0].body["text"])
        for name in ("discord", "msteams"):
            _, text = read_card(name, delivery.got(name, about)[0])
            assert cut in markdown_words(text, name)
            # The links are last: they are what is lost first.
            assert "[Silence](" in text and text.endswith(")")
        (chat,) = delivery.got("slack", about)[0].body["attachments"]
        assert cut in slack_words(chat["text"])
        assert cut in delivery.got("pagerduty", about)[0].body["payload"]["summary"]
        assert len(delivery.got("opsgenie", about)[0].body["message"]) == 130
        assert cut in delivery.mails(about)[0].part("plain")


# --- Failures --------------------------------------------------------------------------------------------------------


REFUSALS = {
    "slack": (Answer(404, "no_service"), "slack", "clientError"),
    "pagerduty": (Answer(400, {"status": "invalid event", "errors": ["bad"]}), "pagerduty", "clientError"),
    "opsgenie": (Answer(422, {"message": "Request body is not processable"}), "opsgenie", "clientError"),
    "msteams": (Answer(413, {"error": {"code": "RequestEntityTooLarge"}}), "msteamsv2", "clientError"),
    "discord": (Answer(500, {"message": "500: Internal Server Error", "code": 0}), "discord", "serverError"),
    "telegram": (Answer(401, {"ok": False, "error_code": 401, "description": "Unauthorized"}), "telegram", "other"),
    "webhook": (Answer(503, "later"), "webhook", "serverError"),
}


def test_a_service_that_refuses_is_counted_and_told_once_it_takes_messages(delivery: Delivery) -> None:
    def failures(integration: str, **reason: str) -> float:
        return delivery.metric("alertmanager_notifications_failed_total", integration=integration, **reason)

    expected = {"email": "other"} | {integration: reason for _, integration, reason in REFUSALS.values()}
    assert not any(failures(integration) for integration in expected)
    delivery.web.broken.update({name: answer for name, (answer, _, _) in REFUSALS.items()})
    login, delivery.mail.login = delivery.mail.login, ("robot@example.com", "another password")
    try:
        delivery.send(delivery.alert({"alertname": "Unheard", "service": "unheard"}, {"summary": "unheard"}))
        # Alertmanager tries again for as long as a group waits, 10 seconds at least, before it counts.
        for integration, reason in expected.items():
            assert until(partial(failures, integration, reason=reason), 60), integration
        assert not [mail for mail in delivery.mail.taken if "unheard" in mail.part("plain")]
    finally:
        delivery.web.broken.clear()
        delivery.mail.login = login
    for name in SERVICES:
        delivery.got(name, "unheard")
    delivery.mails("unheard")
