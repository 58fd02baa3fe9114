"""A mail server of loopback that takes mail only after STARTTLS and a login."""

from __future__ import annotations

import email
import email.policy
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.waiting import free_ports


@dataclass
class Mail:
    """One mail: who sent it to whom by the protocol, and what it says."""

    sender: str
    recipients: list[str]
    content: EmailMessage

    def part(self, kind: str) -> str:
        """The text of its part of a kind: plain or html."""
        found = self.content.get_body((kind,))
        assert found is not None
        return cast("str", found.get_content()).replace("\r\n", "\n")


@dataclass
class SmtpStandin:
    """Listens on `localhost` while it is entered.

    Attributes:
        login: the user and the password that it asks for.
        folder: where the certificate of its authority is written, as `ca.pem`.
    """

    login: tuple[str, str]
    folder: Path
    taken: list[Mail] = field(default_factory=list)

    def __enter__(self) -> SmtpStandin:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(self.folder / "ca.pem"))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(context)
        (self.port,) = free_ports(1)
        self._controller = Controller(
            self,
            hostname="127.0.0.1",
            port=self.port,
            tls_context=context,
            require_starttls=True,
            auth_required=True,
            authenticator=self._authenticated,
            # Its questions for LOGIN are not the usual ones, which is all that Alertmanager understands.
            auth_exclude_mechanism=["LOGIN"],
        )
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    def _authenticated(self, server: SMTP, session: Session, envelope: Envelope, how: str, data: Any) -> AuthResult:
        given = (data.login.decode(), data.password.decode()) if isinstance(data, LoginPassword) else None
        return AuthResult(success=given == self.login, handled=False)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  # the library's
        content = email.message_from_bytes(cast("bytes", envelope.content), policy=email.policy.default)
        self.taken.append(Mail(str(envelope.mail_from), list(envelope.rcpt_tos), content))
        return "250 OK"
