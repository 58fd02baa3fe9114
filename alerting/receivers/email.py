"""E-mail, through a mail server of the owner's."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from alerting.receivers.receiver import Block, Contact, ReceiverKind, message
from settings.receiver import NoTemplate, PlainText, ReceiverSettings
from settings.secrets import secret_path
from settings.section import mistake
from settings.types import Address, MailAddress, SecretName

_Mailbox = Annotated[MailAddress, NoTemplate]


class EmailSettings(ReceiverSettings):
    """Mailboxes."""

    to: tuple[_Mailbox, ...] = Field(min_length=1, description="Addresses; all are on each message.")
    smarthost: Address = Field(description="host:port of the mail server.")
    from_: _Mailbox | None = Field(
        default=None,
        alias="from",
        description="Sender; default: the username if it is an address, else the first `to`.",
    )
    username: PlainText | None = Field(default=None, min_length=1, description="User to log in as.")
    password: SecretName | None = Field(default=None, description="The name of the secret with the user's password.")
    tls: Literal["starttls", "implicit", "none"] = Field(
        default="starttls",
        description="starttls: required once connected (port 587); implicit: from the start (465); none: in the clear.",
    )

    @model_validator(mode="after")
    def _whole_login(self) -> EmailSettings:
        if (self.username is None) != (self.password is None):
            missing = "username" if self.password else "password"
            raise mistake("nothing", "username and password, or neither", "Add it.", field=missing)
        if self.password and self.tls == "none":
            raise mistake(
                "'none' beside a password", "starttls, implicit", "It would be sent in the clear.", field="tls"
            )
        return self

    def secrets(self) -> dict[str, str]:
        """The password of the mail server's user."""
        return {"password": self.password} if self.password else {}


def _sender(settings: EmailSettings) -> str:
    address = settings.username if settings.username and "@" in settings.username else settings.to[0]
    return settings.from_ or address


def _alertmanager(settings: EmailSettings) -> Block:
    config: dict[str, Any] = {
        "to": ", ".join(settings.to),
        "from": _sender(settings),
        "smarthost": settings.smarthost,
        "require_tls": settings.tls == "starttls",
        "force_implicit_tls": settings.tls == "implicit",
        "send_resolved": True,
        # Auto-Submitted: nobody's absence is answered to a program.
        "headers": {"Subject": message("title"), "Auto-Submitted": "auto-generated"},
        # What belongs together stands together in the mailbox: one thread for a cause and a day.
        "threading": {"enabled": True, "thread_by_date": "daily"},
        "html": message("html"),
        "text": message("text"),
    }
    if settings.password:
        config |= {"auth_username": settings.username, "auth_password_file": secret_path(settings.password)}
    return {"email_configs": [config]}


def _grafana(settings: EmailSettings) -> Contact:
    # By Grafana's own mail server settings: `grafana_mail_server`.
    values = {
        "addresses": [*settings.to],
        "single_email": True,
        "subject": message("title"),
        "message": message("text"),
    }
    return Contact("emails", values)


def grafana_mail_server(settings: EmailSettings) -> dict[str, str]:
    """Grafana's environment for the mail server of a receiver; it has one for all."""
    env = {
        "GF_SMTP_ENABLED": "true",
        "GF_SMTP_HOST": settings.smarthost,
        "GF_SMTP_FROM_ADDRESS": _sender(settings),
        "GF_SMTP_FROM_NAME": "Monitoring",
        # From the start on port 465, whatever this says.
        "GF_SMTP_STARTTLS_POLICY": "MandatoryStartTLS" if settings.tls == "starttls" else "NoStartTLS",
    }
    if settings.username and settings.password:
        env |= {"GF_SMTP_USER": settings.username, "GF_SMTP_PASSWORD__FILE": secret_path(settings.password)}
    return env


RECEIVER = ReceiverKind("email", EmailSettings, _alertmanager, _grafana)
