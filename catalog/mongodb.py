"""MongoDB through this project's own exporter (port 9216), because others take passwords only from the environment."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from catalog.kind import Kind, exporter_job, up_behind
from catalog.plan import Contribution, Exporter
from settings.encrypted import EncryptedService
from settings.secrets import SecretFile, SecretRef, secret_path
from settings.section import mistake
from settings.types import AnyText, SecretName

_PORT = 9216


class MongodbService(EncryptedService):
    """One MongoDB server: a standalone, a member of a replica set, or a router. Its user needs clusterMonitor."""

    kind: Literal["mongodb"]
    username: AnyText | None = Field(
        default=None,
        description="User that the exporter logs in as; default: no login.",
    )
    password: SecretName | None = Field(
        default=None, description="The name of the secret with the user's password; it goes with `username`."
    )
    auth_database: AnyText = Field(default="admin", description="Database that the user is kept in.")

    @model_validator(mode="after")
    def _whole_login(self) -> MongodbService:
        if (self.username is None) != (self.password is None):
            given, missing = ("password", "username") if self.username is None else ("username", "password")
            raise mistake(f"{given} without {missing}", "both or none", field=missing)
        if self.username is None and "auth_database" in self.model_fields_set:
            raise mistake("it without username", "it with username and password", field="auth_database")
        return self

    def secrets(self) -> dict[str, str]:
        """The password of its user, where it has one, and what its connection is checked and made with."""
        return {**({"password": self.password} if self.password else {}), **super().secrets()}


def _contribute(service: MongodbService) -> Contribution:
    args = [f"--target={service.target}", f"--tls={service.tls}"]
    secrets: dict[str, SecretFile] = {}
    if service.ca:
        args.append(f"--ca-file={secret_path('ca.pem')}")
        secrets["ca.pem"] = SecretFile.of(service.ca)
    if service.certificate and service.key:
        # MongoDB's clients read both from one file.
        args.append(f"--certificate-key-file={secret_path('client.pem')}")
        secrets["client.pem"] = SecretFile((SecretRef(service.certificate), "\n", SecretRef(service.key), "\n"))
    if service.username and service.password:
        args += [f"--username={service.username}", f"--auth-database={service.auth_database}"]
        secrets["password"] = SecretFile.of(service.password)
    exporter = Exporter(
        name=f"mongodb-exporter-{service.name}",
        image="mongodb-exporter",
        port=_PORT,
        service=service.name,
        args=tuple(args),
        secrets=secrets,
    )
    return Contribution(
        scrape_jobs=(exporter_job(service, exporter),), exporters=(exporter,), up=up_behind(service, "mongodb_up")
    )


KIND = Kind("mongodb", MongodbService, _contribute, ("databases", "mongodb"), dashboards=("mongodb",))
