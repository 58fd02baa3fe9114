"""PostgreSQL through postgres_exporter (port 9187)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from catalog.kind import Kind, exporter_job, up_behind
from catalog.libpq import START, LibpqService, SqlName
from catalog.plan import Contribution, Exporter
from settings.errors import shown
from settings.section import mistake

_PORT = 9187
_QUERIES = Path(__file__).with_name("postgres.queries.yml")


def _listed_name(text: str) -> str:
    if set(text) & {" ", ","} or text.startswith("/"):
        action = "The exporter reads it otherwise: name it as `database`, or in a service of its own."
        raise mistake(shown(text), "a name without blanks and commas, and without / in front", action)
    return text


ListedName = Annotated[SqlName, AfterValidator(_listed_name)]
"""The name of a database that the exporter puts into an address of its own."""


class PostgresService(LibpqService):
    """A PostgreSQL server, version 13 or later. Its user needs no more than membership of pg_monitor."""

    kind: Literal["postgres"]
    database: SqlName = Field(default="postgres", description="Database to connect to.")
    databases: tuple[ListedName, ...] = Field(
        default=(), description="Further databases of the server that are asked for what each keeps for itself."
    )

    @field_validator("databases")
    @classmethod
    def _each_database_once(cls, databases: tuple[str, ...], entry: ValidationInfo) -> tuple[str, ...]:
        every = (entry.data.get("database"), *databases)
        if twice := sorted({name for name in databases if every.count(name) > 1}):
            raise mistake(", ".join(map(shown, twice)), "each database once, and not the one of `database`")
        return databases


def _contribute(service: PostgresService) -> Contribution:
    exporter = Exporter(
        name=f"postgres-exporter-{service.name}",
        image="postgres-exporter",
        port=_PORT,
        service=service.name,
        env={
            "DATA_SOURCE_URI": service.address(),
            # By libpq's variables: the exporter takes a blank in an address for its end ("malformed dsn").
            "PGUSER": service.username,
            "PGDATABASE": service.database,
            "PG_EXPORTER_EXTEND_QUERY_PATH": "/etc/exporter/queries.yml",
            **_further(service.databases),
        },
        config={"queries.yml": _QUERIES.read_text(encoding="utf-8"), "start.sh": START},
        **service.login("/bin/postgres_exporter"),
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
