"""Servers whose own protocol is encrypted: databases and brokers. What is asked by HTTP has `settings/access.py`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from settings.access import certificate_with_its_key
from settings.secrets import SecretFile
from settings.section import mistake
from settings.service import TargetService
from settings.types import SecretName

_OPEN = ("disable", "require")


class EncryptedService(TargetService):
    """A server that an exporter of the stack logs in to."""

    tls: Literal["disable", "require", "verify-full"] = Field(
        default="disable",
        description="disable: none; require: encrypted, whoever it is; verify-full: and its certificate is checked.",
    )
    ca: SecretName | None = Field(
        default=None,
        description="The name of the secret with the authorities to trust, in PEM; default: the well-known ones.",
    )
    certificate: SecretName | None = Field(
        default=None, description="The name of the secret with the client's own certificate, in PEM."
    )
    key: SecretName | None = Field(default=None, description="The name of the secret with its private key, in PEM.")

    @model_validator(mode="after")
    def _certificates_of_a_connection(self) -> EncryptedService:
        if self.ca and self.tls in _OPEN:
            action = "Nothing else checks the server's certificate: set tls, or remove ca."
            raise mistake(f"ca with tls: {self.tls}", "ca with tls: verify-full", action, field="ca")
        certificate_with_its_key(self.certificate, self.key)
        if self.certificate and self.tls == "disable":
            action = "Nobody asks for a certificate otherwise: set tls, or remove certificate and key."
            raise mistake("certificate with tls: disable", "certificate with tls", action, field="certificate")
        return self

    @property
    def sends_password_openly(self) -> bool:
        """Whether whoever is on the way can read the password. Most protocols prove that it is known instead."""
        return False

    def pem_files(self) -> dict[str, SecretFile]:
        """The secret files of its connection, by their names."""
        return {f"{field}.pem": SecretFile.of(secret) for field, secret in EncryptedService.secrets(self).items()}

    def secrets(self) -> dict[str, str]:
        """What its connection is checked and made with, by the field that names it."""
        named = {"ca": self.ca, "certificate": self.certificate, "key": self.key}
        return {field: secret for field, secret in named.items() if secret}
