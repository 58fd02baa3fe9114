"""Who signs in to Grafana, and with which role."""

from __future__ import annotations

from settings.grafana import GrafanaSettings, OidcSettings, Role, RoleGroups
from settings.secrets import secret_path


def sign_in(settings: GrafanaSettings) -> dict[str, str]:
    """Grafana's environment: nobody without a login, nobody who registers, and the identity provider there is."""
    env = {
        "GF_AUTH_ANONYMOUS_ENABLED": "false",
        "GF_USERS_ALLOW_SIGN_UP": "false",
    }
    if settings.url and settings.url.startswith("https://"):
        env["GF_SECURITY_COOKIE_SECURE"] = "true"
    return {**env, **(_oidc(settings.oidc) if settings.oidc else {})}


def _oidc(oidc: OidcSettings) -> dict[str, str]:
    values = {
        "ENABLED": "true",
        "NAME": oidc.name,
        "CLIENT_ID": oidc.client_id,
        "CLIENT_SECRET": from_file(oidc.client_secret),
        "SCOPES": " ".join(oidc.scopes),
        "AUTH_URL": oidc.auth_url,
        "TOKEN_URL": oidc.token_url,
        "API_URL": oidc.api_url,
        "USE_PKCE": "true",
        # Who has signed in there has an account here, which is all that sign-up means.
        "ALLOW_SIGN_UP": "true",
        "ROLE_ATTRIBUTE_PATH": role_attribute_path(oidc),
        "ROLE_ATTRIBUTE_STRICT": "false" if oidc.otherwise else "true",
    }
    others = {"GF_USERS_AUTO_ASSIGN_ORG_ROLE": oidc.otherwise} if oidc.otherwise else {}
    return {**{f"GF_AUTH_GENERIC_OAUTH_{name}": value for name, value in values.items()}, **others}


def role_attribute_path(oidc: OidcSettings) -> str:
    """JMESPath of somebody's claims that says the role, and nothing that is a role for those who have none."""
    # Somebody in no group may have no such claim.
    groups = f"not_null({oidc.groups}, `[]`)"
    return oidc.role_attribute_path or " || ".join(
        f"contains({groups}, {_text(group)}) && '{role}'"
        for role, members in _by_role(oidc.roles or RoleGroups())
        for group in members
    )


def _by_role(roles: RoleGroups) -> tuple[tuple[Role, tuple[str, ...]], ...]:
    """The highest first: of somebody who is in several groups it counts."""
    return ("Admin", roles.admin), ("Editor", roles.editor), ("Viewer", roles.viewer)


def from_file(secret: str) -> str:
    """What Grafana reads a setting from a secret file by."""
    return f"$__file{{{secret_path(secret)}}}"


def _text(value: str) -> str:
    quoted = value.replace("'", "\\'")
    return f"'{quoted}'"
