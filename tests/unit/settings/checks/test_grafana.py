"""Grafana: what goes only with a Grafana of the stack's own, or only with another; and sign-in."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.settings.checks.alerted import SECRETS, mistakes

SOURCES = {name: f"https://{name}.example.com" for name in ("prometheus", "alertmanager", "loki", "tempo")}
EXISTING = {"url": "https://grafana.example.com", "auth": "grafanaToken", "sources": SOURCES}
OIDC = {
    "client_id": "monitoring",
    "client_secret": "oidcSecret",
    "auth_url": "https://id.example.com/authorize",
    "token_url": "https://id.example.com/token",
    "api_url": "https://id.example.com/userinfo",
    "roles": {"Admin": ["sre"]},
}


def found(grafana: dict[str, Any], *secrets: str) -> list[str]:
    return mistakes("grafana", grafana, SECRETS | {*secrets})


def test_a_grafana_that_is_there_already_is_told_by_its_address_its_login_and_its_data_sources() -> None:
    assert found(EXISTING, "grafanaToken") == []


def test_sign_in_needs_the_address_that_people_are_sent_back_to() -> None:
    assert found({"url": "https://grafana.example.com", "oidc": OIDC}, "oidcSecret") == []
    assert found({"oidc": OIDC}, "oidcSecret") == [
        "grafana.url: found nothing. Allowed: a URL with grafana.oidc. There people are sent back to."
    ]


def test_secrets_that_grafana_names_must_be_set() -> None:
    (auth,) = found(EXISTING)
    assert auth.startswith("grafana.auth: found 'grafanaToken', a secret that is not set.")
    (client,) = found({"url": "https://grafana.example.com", "oidc": OIDC})
    assert client.startswith("grafana.oidc.client_secret: found 'oidcSecret', a secret that is not set.")


def test_everything_that_cannot_be_with_a_grafana_that_is_there_already_is_named_at_once() -> None:
    said = {**EXISTING, "url": None, "content": "files", "alerting": "managed", "oidc": OIDC}
    lines = found({key: value for key, value in said.items() if value is not None}, "grafanaToken", "oidcSecret")
    assert [line for line in lines if line.startswith("grafana.url")] == [
        "grafana.url: found nothing. Allowed: a URL with grafana.auth. There the provider writes to."
    ]
    assert [line for line in lines if line.startswith("grafana.content")] == [
        "grafana.content: found 'files'. Allowed: 'provider' with grafana.auth. "
        "Nothing can be mounted into a Grafana that is there already."
    ]
    assert any(line.startswith("grafana.alerting: found 'managed'. ") for line in lines)
    assert any(line.startswith("grafana.oidc: found sign-in settings. ") for line in lines)


def test_each_data_source_of_the_stack_has_an_address_and_no_other_has_one() -> None:
    others = {**SOURCES, "lokii": "https://loki.example.com"}
    del others["loki"]
    assert found({**EXISTING, "sources": others}, "grafanaToken") == [
        "grafana.sources.loki: found nothing. Allowed: a URL with grafana.auth. "
        "A Grafana that is there already reaches loki by an address of its own.",
        "grafana.sources.lokii: found an address of a data source that this stack does not have. "
        "Allowed: alertmanager, loki, prometheus, tempo. Did you mean 'loki'?",
    ]


def test_the_own_grafana_is_told_no_addresses() -> None:
    (line,) = found({"sources": {"loki": "https://loki.example.com"}})
    assert line.startswith(
        "grafana.sources.loki: found 'https://loki.example.com'. Allowed: nothing without grafana.auth."
    )


def test_an_account_for_programs_cannot_be_written_in_files() -> None:
    assert found({"content": "files", "service_account": "Viewer"}) == [
        "grafana.service_account: found 'Viewer'. Allowed: nothing with grafana.content: files. "
        "Only the provider makes one."
    ]


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (
            {"role_attribute_path": "role"},
            "grafana.oidc: found roles and role_attribute_path. Allowed: one of role_attribute_path, roles.",
        ),
        (
            {"roles": None},
            "grafana.oidc: found no roles, no role_attribute_path and no otherwise. Allowed: at least one of them. "
            "Without one of them nobody could sign in.",
        ),
        (
            {"groups": "my groups"},
            "grafana.oidc.groups: found 'my groups'. Allowed: the name of a claim such as groups, or "
            "realm_access.roles for one in another.",
        ),
        ({"auth_url": "id.example.com"}, "grafana.oidc.auth_url: found 'id.example.com'. "),
        (
            {"roles": {"Owner": ["sre"]}},
            "grafana.oidc.roles.Owner: found unknown key 'Owner'. Allowed: Admin, Editor, Viewer.",
        ),
    ],
)
def test_a_mistake_in_sign_in_says_what_may_stand_there(change: dict[str, Any], line: str) -> None:
    lines = found({"url": "https://grafana.example.com", "oidc": {**OIDC, **change}}, "oidcSecret")
    assert any(each.startswith(line) for each in lines), lines


def test_one_role_of_somebody_else_is_enough() -> None:
    open_to_all = {**OIDC, "roles": None, "otherwise": "Viewer"}
    assert found({"url": "https://grafana.example.com", "oidc": open_to_all}, "oidcSecret") == []
