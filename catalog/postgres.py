"""PostgreSQL through postgres_exporter (port 9187)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlencode

from pydantic import AfterValidator, Field, model_validator

from catalog.kind import Kind, exporter_job, up_behind
from catalog.plan import Contribution, Exporter
from settings.encrypted import EncryptedService
from settings.errors import shown
from settings.secrets import SecretFile, secret_path
from settings.section import mistake
from settings.types import SecretName

_PORT = 9187
_QUERIES = Path(__file__).with_name("postgres.queries.yml")
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


class PostgresService(EncryptedService):
    """A PostgreSQL server, version 13 or later. Its user needs no more than membership of pg_monitor."""

    kind: Literal["postgres"]
    username: SqlName = Field(default="monitor", description="Role that the exporter logs in as.")
    password: SecretName = Field(description="The name of the secret with the role's password.")
    database: SqlName = Field(default="postgres", description="Database to connect to.")
    tls: Literal["disable", "require", "verify-ca", "verify-full"] = Field(  # type: ignore[assignment]
        default="disable",
        description="sslmode of the connection; verify-ca: the certificate is checked, but not for whom it is.",
    )

    @model_validator(mode="after")
    def _logs_in_by_password(self) -> PostgresService:
        if self.certificate:
            action = (
                "postgres_exporter reads a key only from a file of its own user with mode 0600, which a mounted secret "
                "is not: let its role log in by password in pg_hba.conf."
            )
            raise mistake("a client's certificate", "a login by password", action, field="certificate")
        return self

    def secrets(self) -> dict[str, str]:
        """The password of its role, and what its connection is checked and made with."""
        return {"password": self.password, **super().secrets()}


def _contribute(service: PostgresService) -> Contribution:
    files = service.pem_files()
    options = {"sslmode": service.tls, "connect_timeout": _CONNECT_TIMEOUT}
    if "ca.pem" in files:
        options["sslrootcert"] = secret_path("ca.pem")
    exporter = Exporter(
        name=f"postgres-exporter-{service.name}",
        image="postgres-exporter",
        port=_PORT,
        service=service.name,
        env={
            "DATA_SOURCE_URI": f"{service.target}/?{urlencode(options, safe='/')}",
            "DATA_SOURCE_PASS_FILE": secret_path("password"),
            # By libpq's variables: the exporter takes a blank in an address for its end ("malformed dsn").
            "PGUSER": service.username,
            "PGDATABASE": service.database,
            "PG_EXPORTER_EXTEND_QUERY_PATH": "/etc/exporter/queries.yml",
        },
        config={"queries.yml": _QUERIES.read_text(encoding="utf-8")},
        secrets={"password": SecretFile.of(service.password), **files},
    )
    return Contribution(
        scrape_jobs=(exporter_job(service, exporter),), exporters=(exporter,), up=up_behind(service, "pg_up")
    )


KIND = Kind("postgres", PostgresService, _contribute, ("databases", "postgres"), dashboards=("postgres",))
