"""Who signs in to Grafana, and with which role."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.grafana_signin import role_attribute_path, sign_in
from settings.grafana import GrafanaSettings, OidcSettings
from tests.conftest import Deploy

PROVIDER = {
    "client_id": "monitoring",
    "client_secret": "oidcSecret",
    "auth_url": "https://id.example.com/authorize",
    "token_url": "https://id.example.com/token",
    "api_url": "https://id.example.com/userinfo",
}


def oidc(**said: Any) -> OidcSettings:
    return OidcSettings.model_validate_json(json.dumps({**PROVIDER, **said}))


def environment(**said: Any) -> dict[str, str]:
    return sign_in(GrafanaSettings(url="https://grafana.example.com", oidc=oidc(**said)))


def test_without_an_identity_provider_there_are_grafanas_own_logins_alone() -> None:
    assert sign_in(GrafanaSettings()) == {"GF_AUTH_ANONYMOUS_ENABLED": "false", "GF_USERS_ALLOW_SIGN_UP": "false"}


def test_cookies_are_for_https_alone_where_people_come_by_it() -> None:
    assert sign_in(GrafanaSettings(url="https://grafana.example.com"))["GF_SECURITY_COOKIE_SECURE"] == "true"
    assert "GF_SECURITY_COOKIE_SECURE" not in sign_in(GrafanaSettings(url="http://grafana.example.com"))


def test_the_identity_provider_is_told_by_its_addresses_and_the_secret_comes_from_a_file(deployed: Deploy) -> None:
    stack = deployed(
        "dev",
        secrets={"oidcSecret": "of the client"},
        grafana={"url": "https://grafana.example.com", "oidc": {**PROVIDER, "roles": {"Admin": ["sre"]}}},
    )
    found = dict(entry.split("=", 1) for entry in stack.container("grafana")["envs"])
    prefix = "GF_AUTH_GENERIC_OAUTH_"
    assert {name.removeprefix(prefix): value for name, value in found.items() if name.startswith(prefix)} == {
        "ENABLED": "true",
        "NAME": "single sign-on",
        "CLIENT_ID": "monitoring",
        "CLIENT_SECRET": "$__file{/run/secrets/oidcSecret}",
        "SCOPES": "openid profile email",
        "AUTH_URL": "https://id.example.com/authorize",
        "TOKEN_URL": "https://id.example.com/token",
        "API_URL": "https://id.example.com/userinfo",
        "USE_PKCE": "true",
        "ALLOW_SIGN_UP": "true",
        "ROLE_ATTRIBUTE_PATH": "contains(not_null(groups, `[]`), 'sre') && 'Admin'",
        "ROLE_ATTRIBUTE_STRICT": "true",
    }
    assert stack.files("grafana", "secrets")["oidcSecret"] == "of the client"


def test_of_several_groups_the_highest_role_counts() -> None:
    path = role_attribute_path(oidc(roles={"Viewer": ["all"], "Editor": ["dev", "ops"], "Admin": ["sre"]}))
    assert [part.rpartition(" ")[2] for part in path.split(" || ")] == ["'Admin'", "'Editor'", "'Editor'", "'Viewer'"]


@pytest.mark.parametrize(
    ("claim", "group", "part"), [("realm_access.roles", "o'neil", "'o\\'neil'"), ("groups", "a", "'a'")]
)
def test_groups_are_read_from_the_claim_that_has_them_whatever_they_are_called(
    claim: str, group: str, part: str
) -> None:
    path = role_attribute_path(oidc(groups=claim, roles={"Viewer": [group]}))
    assert path == f"contains(not_null({claim}, `[]`), {part}) && 'Viewer'"


def test_a_path_of_ones_own_is_taken_as_it_is() -> None:
    assert role_attribute_path(oidc(role_attribute_path="role")) == "role"


def test_everybody_else_gets_in_only_where_the_settings_say_so() -> None:
    strict, open_to_all = environment(roles={"Admin": ["sre"]}), environment(otherwise="Viewer")
    assert strict["GF_AUTH_GENERIC_OAUTH_ROLE_ATTRIBUTE_STRICT"] == "true"
    assert "GF_USERS_AUTO_ASSIGN_ORG_ROLE" not in strict
    assert open_to_all["GF_AUTH_GENERIC_OAUTH_ROLE_ATTRIBUTE_STRICT"] == "false"
    assert open_to_all["GF_USERS_AUTO_ASSIGN_ORG_ROLE"] == "Viewer"
