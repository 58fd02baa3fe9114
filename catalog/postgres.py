"""PostgreSQL through postgres_exporter (port 9187)."""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from urllib.parse import urlencode

from pydantic import Field, model_validator

from catalog.kind import Kind, exporter_job, up_behind
from catalog.plan import Contribution, Exporter
from settings.secrets import SecretFile, secret_path
from settings.section import mistake
from settings.service import TargetService
from settings.types import SecretName, SqlName

_PORT = 9187
_QUERIES = Path(__file__).with_name("postgres.queries.yml")
# Seconds; an exporter that tries twice must still answer within a scrape.
_CONNECT_TIMEOUT = "3"


class PostgresService(TargetService):
    """A PostgreSQL server, version 13 or later. Its user needs no more than membership of pg_monitor."""

    kind: Literal["postgres"]
    username: SqlName = Field(default="monitor", description="Role that the exporter logs in as.")
    password: SecretName = Field(description="The name of the secret with the role's password.")
    database: SqlName = Field(default="postgres", description="Database to connect to.")
    tls: Literal["disable", "require", "verify-full"] = Field(
        default="disable", description="sslmode of the connection."
    )
    ca: SecretName | None = Field(
        default=None,
        description="The name of the secret with the certificates (PEM) that tls: verify-full trusts; "
        "default: the public authorities.",
    )

    @model_validator(mode="after")
    def _ca_is_used(self) -> PostgresService:
        if self.ca and self.tls != "verify-full":
            raise mistake(
                f"ca with tls: {self.tls}",
                "ca with tls: verify-full",
                "Nothing else checks the server's certificate: set tls, or remove ca.",
            )
        return self

    def secrets(self) -> dict[str, str]:
        """The password of its role, and what its certificate is checked with."""
        return {"password": self.password} | ({"ca": self.ca} if self.ca else {})


def _contribute(service: PostgresService) -> Contribution:
    options = {"sslmode": service.tls, "connect_timeout": _CONNECT_TIMEOUT}
    secrets = {"password": SecretFile.of(service.password)}
    if service.ca:
        options["sslrootcert"] = secret_path("ca.pem")
        secrets["ca.pem"] = SecretFile.of(service.ca)
    exporter = Exporter(
        name=f"postgres-exporter-{service.name}",
        image="postgres-exporter",
        port=_PORT,
        service=service.name,
        env={
            "DATA_SOURCE_URI": f"{service.target}/{service.database}?{urlencode(options, safe='/')}",
            "DATA_SOURCE_USER": service.username,
            "DATA_SOURCE_PASS_FILE": secret_path("password"),
            "PG_EXPORTER_EXTEND_QUERY_PATH": "/etc/exporter/queries.yml",
        },
        config={"queries.yml": _QUERIES.read_text(encoding="utf-8")},
        secrets=secrets,
    )
    return Contribution(
        scrape_jobs=(exporter_job(service, exporter),), exporters=(exporter,), up=up_behind(service, "pg_up")
    )


KIND = Kind("postgres", PostgresService, _contribute, ("databases", "postgres"), dashboards=("postgres",))
