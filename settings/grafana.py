"""Grafana: the stack's own or one that is there already, who signs in to it, and what they may do."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from settings.section import Section, mistake
from settings.types import AskedUrl, BaseUrl, GroupsClaim, SecretName, Url

Role = Literal["Viewer", "Editor", "Admin"]


class RoleGroups(Section):
    """Groups of the identity provider by the role in Grafana that they give; of several the highest counts."""

    admin: tuple[str, ...] = Field(default=(), alias="Admin", description="Groups whose members may do anything.")
    editor: tuple[str, ...] = Field(
        default=(), alias="Editor", description="Groups whose members may edit where a folder lets them, and explore."
    )
    viewer: tuple[str, ...] = Field(default=(), alias="Viewer", description="Groups whose members look.")


class OidcSettings(Section):
    """Sign-in through an identity provider that speaks OpenID Connect; Grafana keeps the login of its admin beside it.

    Its discovery document, `/.well-known/openid-configuration`, has the three addresses. What it calls back is
    `/login/generic_oauth` below `grafana.url`.
    """

    name: str = Field(default="single sign-on", min_length=1, description="What the button says to sign in with.")
    client_id: str = Field(min_length=1, description="What the identity provider calls this Grafana.")
    client_secret: SecretName = Field(description="The name of the secret that it gave for that.")
    auth_url: Url = Field(description="`authorization_endpoint`: where people sign in.")
    token_url: AskedUrl = Field(description="`token_endpoint`, as Grafana reaches it.")
    api_url: AskedUrl = Field(description="`userinfo_endpoint`, as Grafana reaches it.")
    scopes: tuple[str, ...] = Field(
        default=("openid", "profile", "email"),
        min_length=1,
        description="What is asked for; some identity providers tell groups only when asked for `groups`.",
    )
    groups: GroupsClaim = Field(
        default="groups", description="The claim that lists somebody's groups; `realm_access.roles` is one in another."
    )
    roles: RoleGroups | None = Field(default=None, description="Who gets which role; default: see `otherwise`.")
    role_attribute_path: str | None = Field(
        default=None, min_length=1, description="A JMESPath of claims that says the role, instead of `roles`."
    )
    otherwise: Role | None = Field(
        default=None, description="The role of everybody else; default: nobody else can sign in."
    )

    @model_validator(mode="after")
    def _somebody(self) -> OidcSettings:
        if self.roles and self.role_attribute_path:
            raise mistake("roles and role_attribute_path", "one of role_attribute_path, roles")
        if not (self.roles or self.role_attribute_path or self.otherwise):
            raise mistake(
                "no roles, no role_attribute_path and no otherwise",
                "at least one of them",
                "Without one of them nobody could sign in.",
            )
        return self


class GrafanaSettings(Section):
    """The dashboards."""

    url: BaseUrl | None = Field(
        default=None,
        description="How people and the Grafana provider reach Grafana; default: where the runtime publishes it.",
    )
    auth: SecretName | None = Field(
        default=None,
        description=(
            "For a Grafana that is there already, at `url`: the name of the secret with a service account's token, or"
            " with user:password. The stack then runs none of its own. Default: it runs its own."
        ),
    )
    sources: dict[str, BaseUrl] = Field(
        default_factory=dict,
        description="Where a Grafana that is there already reaches each data source, by the data source's uid.",
    )
    content: Literal["provider", "files"] = Field(
        default="provider",
        description="provider: the Pulumi provider writes data sources and dashboards; files: mounted into Grafana.",
    )
    alerting: Literal["alertmanager", "managed"] = Field(
        default="alertmanager",
        description=(
            "Who judges and routes alerts. alertmanager: Prometheus, and an Alertmanager of the stack's own; managed:"
            " Grafana, by the same rules, receivers, routes, times and inhibitions, and there is no Alertmanager. That"
            " needs Grafana 13 and content: provider; e-mail goes through one mail server, and receivers of the kind"
            " `raw` cannot be told."
        ),
    )
    oidc: OidcSettings | None = Field(default=None, description="Sign-in through an identity provider; default: none.")
    service_account: Role | None = Field(
        default=None,
        description=(
            "The role of an account for programs that ask Grafana; its token is the secret output `grafanaToken`."
            " Default: no account."
        ),
    )

    @property
    def is_own(self) -> bool:
        """Whether the stack runs Grafana itself."""
        return self.auth is None

    @property
    def manages_alerts(self) -> bool:
        """Whether Grafana judges and routes alerts itself."""
        return self.alerting == "managed"

    def secrets(self) -> dict[str, str]:
        """Secrets that it names, by the field that names them."""
        named = {"auth": self.auth, "oidc.client_secret": self.oidc.client_secret if self.oidc else None}
        return {field: secret for field, secret in named.items() if secret}
