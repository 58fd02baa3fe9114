"""What exporters of PostgreSQL's protocol have in common: how they log in, by libpq's options and variables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from settings.encrypted import EncryptedService
from settings.errors import shown
from settings.secrets import SecretFile, secret_path
from settings.section import mistake
from settings.types import PATTERN_SENTENCES, SECRET_PATTERN, SecretName

START = Path(__file__).with_name("libpq.start.sh").read_text(encoding="utf-8")
"""The script that starts such an exporter: its `start.sh`."""
# Where start.sh puts it.
_OWN_KEY = "/tmp/key.pem"
# Where upstream's images and the built ones have the certificate authorities.
_AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"
# Seconds; an exporter that tries twice must still answer within a scrape.
_CONNECT_TIMEOUT = "3"
# PostgreSQL cuts what is longer.
_LONGEST_NAME = 63


def _sql_name(text: str) -> str:
    if not 0 < len(text.encode()) <= _LONGEST_NAME:
        raise mistake(shown(text), f"a name of 1 to {_LONGEST_NAME} bytes in UTF-8")
    return text


SqlName = Annotated[str, Field(min_length=1), AfterValidator(_sql_name)]
"""What PostgreSQL takes for the name of a role or a database, which is nearly anything."""


class LibpqService(EncryptedService):
    """A server of PostgreSQL's protocol."""

    username: SqlName = Field(default="monitor", description="Role that the exporter logs in as.")
    password: SecretName | None = Field(
        default=None,
        validate_default=True,
        description="The name of the secret with the role's password; default: it logs in with `certificate` alone.",
    )
    tls: Literal["disable", "require", "verify-ca", "verify-full"] = Field(  # type: ignore[assignment]
        default="disable",
        description="sslmode of the connection; verify-ca: the certificate is checked, but not for whom it is.",
    )

    @field_validator("password")
    @classmethod
    def _logs_in(cls, password: str | None, entry: ValidationInfo) -> str | None:
        # What is wrong is not among the data, and may have been meant.
        if password is None and entry.data.get("certificate", "wrong") is None:
            raise mistake("nothing", PATTERN_SENTENCES[SECRET_PATTERN], "Add it, or certificate and key.")
        return password

    def secrets(self) -> dict[str, str]:
        """The password of its role, where it has one, and what its connection is checked and made with."""
        return {**({"password": self.password} if self.password else {}), **super().secrets()}

    def address(self, database: str = "") -> str:
        """Host, port, database and the options of a connection, as they stand behind `postgres://`."""
        files = self.pem_files()
        options = {"sslmode": self.tls, "connect_timeout": _CONNECT_TIMEOUT}
        if self.tls.startswith("verify-"):
            # Said although it is some drivers' default: libpq's own knows no authority.
            options["sslrootcert"] = secret_path("ca.pem") if "ca.pem" in files else _AUTHORITIES
        if "key.pem" in files:
            options |= {"sslcert": secret_path("certificate.pem"), "sslkey": _OWN_KEY}
        return f"{self.target}/{database}?{urlencode(options, safe='/')}"

    def login(self, program: str) -> dict[str, Any]:
        """How an exporter is started so that it has password, certificate and key: fields of an `Exporter`.

        Args:
            program: its path in its image.
        """
        files = self.pem_files()
        if self.password:
            files["password"] = SecretFile.of(self.password)
        return {
            "entrypoint": ("/bin/sh", "/etc/exporter/start.sh", program),
            "secrets": files,
            "tmpfs": ("/tmp",) if "key.pem" in files else (),
        }
