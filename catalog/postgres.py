"""PostgreSQL through this project's own exporter (port 9187): others refuse blanks in passwords and in names."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from catalog.kind import Kind, exporter_job, up_behind
from catalog.plan import Contribution, Exporter
from settings.encrypted import EncryptedService
from settings.errors import shown
from settings.secrets import SecretFile, secret_path
from settings.section import mistake
from settings.syntax import split_address
from settings.types import SecretName

_PORT = 9187
_QUERIES = Path(__file__).with_name("postgres.queries.yml")
# PostgreSQL cuts what is longer.
_LONGEST_NAME = 63


def _sql_name(text: str) -> str:
    if not 0 < len(text.encode()) <= _LONGEST_NAME:
        raise mistake(shown(text), f"a name of 1 to {_LONGEST_NAME} bytes in UTF-8")
    return text


SqlName = Annotated[str, Field(min_length=1), AfterValidator(_sql_name)]
"""What PostgreSQL takes for the name of a role or a database, which is nearly anything."""


def postgres_arguments(service: EncryptedService, username: str) -> tuple[str, ...]:
    """How the exporter reaches a server, and as whom."""
    host, port = split_address(service.target)
    return (
        f"--host={host}",
        f"--port={port}",
        f"--username={username}",
        f"--tls={service.tls}",
        *(f"--{file.removesuffix('.pem')}-file={secret_path(file)}" for file in service.pem_files()),
    )


class PostgresService(EncryptedService):
    """A PostgreSQL server, version 13 or later. Its user needs no more than membership of pg_monitor."""

    kind: Literal["postgres"]
    username: SqlName = Field(default="monitor", description="Role that the exporter logs in as.")
    password: SecretName = Field(description="The name of the secret with the role's password.")
    database: SqlName = Field(default="postgres", description="Database to connect to.")
    further_databases: tuple[SqlName, ...] = Field(
        default=(), description="Other databases of the server whose tables are watched too; each takes a connection."
    )
    tls: Literal["disable", "require", "verify-ca", "verify-full"] = Field(  # type: ignore[assignment]
        default="disable",
        description="sslmode of the connection; verify-ca: the certificate is checked, but not for whom it is.",
    )

    @model_validator(mode="after")
    def _each_database_once(self) -> PostgresService:
        names = (self.database, *self.further_databases)
        if twice := sorted({name for name in names if names.count(name) > 1}):
            allowed = "each database once, and not the one of database"
            raise mistake(", ".join(map(shown, twice)), allowed, field="further_databases")
        return self

    def secrets(self) -> dict[str, str]:
        """The password of its role, and what its connection is checked and made with."""
        return {"password": self.password, **super().secrets()}


def _contribute(service: PostgresService) -> Contribution:
    exporter = Exporter(
        name=f"postgres-exporter-{service.name}",
        image="postgres-exporter",
        port=_PORT,
        service=service.name,
        args=(
            *postgres_arguments(service, service.username),
            *(f"--database={name}" for name in (service.database, *service.further_databases)),
        ),
        config={"queries.yml": _QUERIES.read_text(encoding="utf-8")},
        secrets={"password": SecretFile.of(service.password), **service.pem_files()},
    )
    return Contribution(
        scrape_jobs=(exporter_job(service, exporter),), exporters=(exporter,), up=up_behind(service, "pg_up")
    )


KIND = Kind("postgres", PostgresService, _contribute, ("databases", "postgres"), dashboards=("postgres",))
