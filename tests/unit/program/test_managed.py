"""What keeps Grafana from managing alerts: every mistake says what to do, and a stack without one deploys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from program.prepare import prepare_program, program_for
from rendering.render import program_in_tree, render_tree
from settings.errors import ConfigurationError
from tests.plans import configuration, mistakes_of, settings_of

API = {"name": "api", "kind": "fastapi", "target": "api:8000"}
MANAGED = {"alerting": "managed"}
MAIL = {"to": ["ops@example.com"], "smarthost": "smtp.example.com:587"}
WHY = "Grafana has one mail server for all: with grafana.alerting: managed all receivers name the same."


def mistakes(*secrets: str, **sections: object) -> list[str]:
    raw = configuration(API, **{"grafana": MANAGED, **sections})
    return mistakes_of(replace(raw, secrets_set=frozenset(secrets)))


def told(*receivers: Mapping[str, object]) -> dict[str, object]:
    """Sections with these receivers, all of them named."""
    named = {f"r{number}": receiver for number, receiver in enumerate(receivers)}
    teams = {f"t{number}": {"notify": name} for number, name in enumerate(named)}
    return {"receivers": named, "teams": teams, "alerting": {"default": "r0"}}


def test_only_the_provider_writes_alerting() -> None:
    assert mistakes(grafana={**MANAGED, "content": "files"}) == [
        "grafana.alerting: found 'managed' with grafana.content: files. Allowed: 'managed' with grafana.content:"
        " provider. Only the provider writes alerting."
    ]


def test_grafana_must_be_there() -> None:
    (found,) = mistakes(images={"source": "built"})
    assert found.startswith(
        "grafana.alerting: found 'managed', and Grafana has no image. Allowed: 'alertmanager', or an image in"
        " images.overrides.grafana. With images.source built: Grafana's server is published to no package registry"
    )
    image = {"source": "built", "overrides": {"grafana": "mirror.example.com/grafana:13.2.3"}}
    assert settings_of(configuration(API, grafana=MANAGED, images=image)).grafana.manages_alerts


def test_alertmanager_has_no_address_where_there_is_none() -> None:
    assert mistakes(alertmanager={"url": "https://alerts.example.com"}) == [
        "alertmanager.url: found 'https://alerts.example.com'. Allowed: nothing with grafana.alerting: managed."
        " Remove it."
    ]


def test_there_is_one_grafana_to_judge_alerts() -> None:
    assert mistakes(availability="high") == [
        "availability: found 'high'. Allowed: 'single' with grafana.alerting: managed. Alerts are judged by the one"
        " Grafana then: its own high availability is set up beside this stack."
    ]


def test_what_grafana_cannot_tell_is_named() -> None:
    raw = {"raw": {"config": {"pushover_configs": [{"priority": 1}]}}}
    telegram = {"telegram": {"bot_token": "token", "chat": 1, "url": "https://bots.example.com"}}
    assert mistakes("token", **told(raw, telegram)) == [
        "receivers.r0.raw.config: found pushover_configs. Allowed: nothing with grafana.alerting: managed. That is"
        " Alertmanager's own configuration: use another kind, or grafana.alerting: alertmanager.",
        "receivers.r1.telegram.url: found 'https://bots.example.com'. Allowed: nothing with grafana.alerting: managed."
        " Grafana asks Telegram's own.",
    ]


def test_all_receivers_name_one_mail_server() -> None:
    other = {
        **MAIL,
        "smarthost": "mail.example.com:25",
        "from": "shop@example.com",
        "username": "shop",
        "password": "password",
    }
    assert sorted(mistakes("password", **told({"email": MAIL}, {"email": other}))) == [
        f"receivers.r1.email.from: found 'shop@example.com'. Allowed: nothing, as in receivers.r0.email. {WHY}",
        f"receivers.r1.email.password: found 'password'. Allowed: nothing, as in receivers.r0.email. {WHY}",
        "receivers.r1.email.smarthost: found 'mail.example.com:25'. Allowed: 'smtp.example.com:587', as in"
        f" receivers.r0.email. {WHY}",
        f"receivers.r1.email.username: found 'shop'. Allowed: nothing, as in receivers.r0.email. {WHY}",
    ]
    same = {**MAIL, "to": ["shop@example.com"]}
    assert settings_of(configuration(API, grafana=MANAGED, **told({"email": MAIL}, {"email": same})))


@pytest.mark.parametrize(("port", "found"), [(465, 0), (2465, 1)])
def test_mail_is_encrypted_from_the_start_on_one_port(port: int, found: int) -> None:
    sections = told({"email": {**MAIL, "smarthost": f"smtp.example.com:{port}", "tls": "implicit"}})
    if not found:
        assert settings_of(configuration(API, grafana=MANAGED, **sections))
        return
    assert mistakes(**sections) == [
        "receivers.r0.email.smarthost: found 'smtp.example.com:2465'. Allowed: port 465 with tls: implicit. With"
        " grafana.alerting: managed Grafana sends, and encrypts from the start on no other port."
    ]


def test_alertmanager_is_asked_nothing_of_that() -> None:
    sections = told({"raw": {"config": {"pushover_configs": [{"priority": 1}]}}}, {"email": MAIL})
    settings = settings_of(configuration(API, alertmanager={"url": "https://alerts.example.com"}, **sections))
    assert not settings.grafana.manages_alerts


def test_settings_that_are_no_stack_files_are_checked_too() -> None:
    settings = settings_of(configuration(API))
    grafana = settings.grafana.model_copy(update={"alerting": "managed", "content": "files"})
    with pytest.raises(ConfigurationError, match=r"found 'managed' with grafana\.content: files"):
        program_for(settings.model_copy(update={"grafana": grafana}), "dev", source="here")


def test_where_no_provider_can_run_it_cannot_be() -> None:
    with pytest.raises(
        ConfigurationError, match=r"found 'managed' where no Grafana provider can run\. Allowed: 'alert"
    ):
        prepare_program(configuration(API, grafana=MANAGED), "dev", grafana_content="files")


def test_a_rendered_tree_shows_what_the_provider_writes() -> None:
    raw = configuration(API, grafana=MANAGED, **told({"slack": {"webhook": "slackUrl"}}))
    raw = replace(raw, secrets_set=frozenset({"slackUrl"}))
    tree = render_tree(program_in_tree(raw, "dev"))
    assert "grafana:alerting/ruleGroup:RuleGroup" in tree["resources.yaml"]
    assert "grafana:oss/dashboard:Dashboard" in tree["resources.yaml"]
    assert "<secret slackUrl>" in tree["resources.yaml"]
    assert "slackUrl" in tree["secrets.md"].rpartition("Secrets in all: ")[2]
