"""PostgreSQL through postgres_exporter (port 9187)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlencode

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from catalog.kind import Kind, exporter_job, up_behind
from catalog.plan import Contribution, Exporter
from settings.encrypted import EncryptedService
from settings.errors import shown
from settings.secrets import SecretFile, secret_path
from settings.section import mistake
from settings.types import PATTERN_SENTENCES, SECRET_PATTERN, SecretName

_PORT = 9187
_QUERIES = Path(__file__).with_name("postgres.queries.yml")
_START = Path(__file__).with_name("postgres.start.sh")
# Where start.sh puts it.
_OWN_KEY = "/tmp/key.pem"
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


def _listed_name(text: str) -> str:
    if set(text) & {" ", ","} or text.startswith("/"):
        action = "The exporter reads it otherwise: name it as `database`, or in a service of its own."
        raise mistake(shown(text), "a name without blanks and commas, and without / in front", action)
    return text


ListedName = Annotated[SqlName, AfterValidator(_listed_name)]
"""The name of a database that the exporter puts into an address of its own."""


class PostgresService(EncryptedService):
    """A PostgreSQL server, version 13 or later. Its user needs no more than membership of pg_monitor."""

    kind: Literal["postgres"]
    username: SqlName = Field(default="monitor", description="Role that the exporter logs in as.")
    password: SecretName | None = Field(
        default=None,
        validate_default=True,
        description="The name of the secret with the role's password; default: it logs in with `certificate` alone.",
    )
    database: SqlName = Field(default="postgres", description="Database to connect to.")
    databases: tuple[ListedName, ...] = Field(
        default=(), description="Further databases of the server that are asked for what each keeps for itself."
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

    @field_validator("databases")
    @classmethod
    def _each_database_once(cls, databases: tuple[str, ...], entry: ValidationInfo) -> tuple[str, ...]:
        every = (entry.data.get("database"), *databases)
        if twice := sorted({name for name in databases if every.count(name) > 1}):
            raise mistake(", ".join(map(shown, twice)), "each database once, and not the one of `database`")
        return databases

    def secrets(self) -> dict[str, str]:
        """The password of its role, where it has one, and what its connection is checked and made with."""
        return {**({"password": self.password} if self.password else {}), **super().secrets()}


def _contribute(service: PostgresService) -> Contribution:
    files = service.pem_files()
    options = {"sslmode": service.tls, "connect_timeout": _CONNECT_TIMEOUT}
    if "ca.pem" in files:
        options["sslrootcert"] = secret_path("ca.pem")
    if "key.pem" in files:
        options |= {"sslcert": secret_path("certificate.pem"), "sslkey": _OWN_KEY}
    if service.password:
        files["password"] = SecretFile.of(service.password)
    exporter = Exporter(
        name=f"postgres-exporter-{service.name}",
        image="postgres-exporter",
        port=_PORT,
        service=service.name,
        entrypoint=("/bin/sh", "/etc/exporter/start.sh"),
        env={
            "DATA_SOURCE_URI": f"{service.target}/?{urlencode(options, safe='/')}",
            # By libpq's variables: the exporter takes a blank in an address for its end ("malformed dsn").
            "PGUSER": service.username,
            "PGDATABASE": service.database,
            "PG_EXPORTER_EXTEND_QUERY_PATH": "/etc/exporter/queries.yml",
            **_further(service.databases),
        },
        config={"queries.yml": _QUERIES.read_text(encoding="utf-8"), "start.sh": _START.read_text(encoding="utf-8")},
        secrets=files,
        tmpfs=("/tmp",) if "key.pem" in files else (),
    )
    return Contribution(
        scrape_jobs=(exporter_job(service, exporter),), exporters=(exporter,), up=up_behind(service, "pg_up")
    )


def _further(databases: tuple[str, ...]) -> dict[str, str]:
    """What makes the exporter put to these databases too the questions that are not of the whole server."""
    if not databases:
        return {}
    return {"PG_EXPORTER_AUTO_DISCOVER_DATABASES": "true", "PG_EXPORTER_INCLUDE_DATABASES": ",".join(databases)}


KIND = Kind("postgres", PostgresService, _contribute, ("databases", "postgres"), dashboards=("postgres",))
