"""How a program over HTTP is reached: whom to trust, who asks, and by what way. Secrets are named, never written."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from settings.errors import shown
from settings.section import Section, mistake
from settings.types import Host, ProxyUrl, SecretName

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# Prometheus sets these itself, or refuses them because they change the connection; in lower case.
_TAKEN_HEADERS = frozenset(
    {
        *("accept-encoding", "connection", "content-encoding", "content-length", "content-type", "host", "keep-alive"),
        *("proxy-authenticate", "proxy-authorization", "user-agent", "www-authenticate"),
        *("x-amz-content-sha256", "x-amz-date", "x-amz-security-token"),
        *("x-prometheus-remote-read-version", "x-prometheus-remote-write-version"),
        "x-prometheus-scrape-timeout-seconds",
    }
)


def header_name(taken: Collection[str], program: str) -> AfterValidator:
    """The check of the name of a header that a user sets.

    Args:
        taken: headers, in lower case, that the program sets itself or refuses.
        program: what it is called in the mistake.
    """

    def checked(text: str) -> str:
        if not _TOKEN.fullmatch(text):
            raise mistake(shown(text), "the name of a header: letters, digits and dashes")
        if text.lower() == "authorization":
            raise mistake(shown(text), "another header", "Say it with basic_auth or bearer_token.")
        if text.lower() in taken:
            raise mistake(f"{shown(text)}, which {program} sets itself", "another header")
        return text

    return AfterValidator(checked)


def certificate_with_its_key(certificate: str | None, key: str | None) -> None:
    """Refuse one without the other.

    Raises:
        PydanticCustomError: a mistake of the field that is missing.
    """
    if (certificate is None) != (key is None):
        there, missing = ("certificate", "key") if certificate else ("key", "certificate")
        raise mistake(f"{there} without {missing}", "both or none", f"Add {missing}.", field=missing)


def one_credential(basic_auth: Login | None, bearer_token: str | None) -> None:
    """Refuse a login and a token for the same request.

    Raises:
        PydanticCustomError: a mistake of the field `bearer_token`.
    """
    if basic_auth and bearer_token:
        action = "Both are sent in the same header: remove one."
        raise mistake("bearer_token beside basic_auth", "one of them", action, field="bearer_token")


def _header_value(text: str) -> str:
    if not text.isprintable() or text != text.strip():
        raise mistake(shown(text), "one line of text, without blanks around it")
    return text


HeaderName = Annotated[str, header_name(_TAKEN_HEADERS, "the program that asks")]
HeaderValue = Annotated[str, Field(min_length=1), AfterValidator(_header_value)]


class Tls(Section):
    """An encrypted connection. The well-known authorities are trusted where `ca` names none."""

    ca: SecretName | None = Field(
        default=None,
        description="The name of the secret with the authorities to trust, in PEM; default: the well-known ones.",
    )
    certificate: SecretName | None = Field(
        default=None, description="The name of the secret with the client's own certificate, in PEM."
    )
    key: SecretName | None = Field(default=None, description="The name of the secret with its private key, in PEM.")
    server_name: Host | None = Field(
        default=None, description="Name that the server's certificate is for; default: the host of its address."
    )
    insecure: bool = Field(
        default=False, description="Believe any certificate: whoever is in between can read and change everything."
    )

    @model_validator(mode="after")
    def _certificate_with_its_key(self) -> Tls:
        certificate_with_its_key(self.certificate, self.key)
        return self

    @model_validator(mode="after")
    def _insecure_alone(self) -> Tls:
        if self.insecure and self.ca:
            action = "Remove insecure: the certificate is then checked against ca."
            raise mistake("insecure: true beside ca", "one of them", action, field="insecure")
        return self

    def secrets(self) -> dict[str, str]:
        """Secrets it names, by field."""
        return _named({"ca": self.ca, "certificate": self.certificate, "key": self.key})


class Login(Section):
    """A user with a password, for HTTP's basic authentication."""

    username: HeaderValue = Field(description="The user's name.")
    password: SecretName = Field(description="The name of the secret with the password.")

    @model_validator(mode="after")
    def _a_colon_ends_a_name(self) -> Login:
        if ":" in self.username:
            raise mistake(shown(self.username), "a name without a colon, which ends it", field="username")
        return self

    def secrets(self) -> dict[str, str]:
        """Secrets it names, by field."""
        return {"password": self.password}


class Access(Section):
    """How the page of metrics of a target is asked for, beside its address and its path."""

    scheme: Literal["http", "https"] | None = Field(
        default=None, description="How its metrics are asked for; default: https where tls is there, otherwise http."
    )
    tls: Tls | None = Field(default=None, description="Whom to trust and who asks, where it is https.")
    basic_auth: Login | None = Field(default=None, description="The login that its metrics ask for; default: none.")
    bearer_token: SecretName | None = Field(
        default=None, description="The name of the secret with the token that its metrics ask for, instead of a login."
    )
    headers: dict[HeaderName, HeaderValue] = Field(
        default_factory=dict, description="Headers to send, by name; everybody can read their values here."
    )
    secret_headers: dict[HeaderName, SecretName] = Field(
        default_factory=dict, description="Names of the secrets with the values of headers, by the header's name."
    )
    proxy: ProxyUrl | None = Field(default=None, description="The HTTP proxy to ask through; default: none.")

    @model_validator(mode="after")
    def _encrypted_where_tls_is_said(self) -> Access:
        if self.scheme == "http" and self.tls:
            raise mistake("tls with scheme: http", "tls with scheme: https", "Remove one of them.", field="tls")
        return self

    @model_validator(mode="after")
    def _one_credential(self) -> Access:
        one_credential(self.basic_auth, self.bearer_token)
        return self

    @model_validator(mode="after")
    def _each_header_once(self) -> Access:
        names = [name.lower() for name in (*self.headers, *self.secret_headers)]
        twice = [name for name in (*self.headers, *self.secret_headers) if names.count(name.lower()) > 1]
        if twice:
            field = "headers" if twice[0] in self.headers else "secret_headers"
            raise mistake(" and ".join(twice), "each header once, in headers or in secret_headers", field=field)
        return self

    @property
    def encrypted(self) -> bool:
        """Whether it is https."""
        return self.scheme == "https" or self.tls is not None

    def access(self) -> Access:
        """These fields alone."""
        return Access.model_construct(**{name: getattr(self, name) for name in Access.model_fields})

    def secrets(self) -> dict[str, str]:
        """Secrets it names, by the field that names them: `tls.ca`, `basic_auth.password`."""
        inner = {"tls": self.tls, "basic_auth": self.basic_auth}
        return {
            **{
                f"{name}.{field}": secret
                for name, section in inner.items()
                if section
                for field, secret in section.secrets().items()
            },
            **_named({"bearer_token": self.bearer_token}),
            **{f"secret_headers.{name}": secret for name, secret in self.secret_headers.items()},
        }


def _named(fields: dict[str, str | None]) -> dict[str, str]:
    return {field: secret for field, secret in fields.items() if secret}
