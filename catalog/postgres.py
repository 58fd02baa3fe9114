"""PostgreSQL through postgres_exporter (port 9187)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from catalog.kind import Kind, service_labels
from catalog.plan import Contribution, Exporter, RecordingRule, ScrapeJob
from settings.secrets import SecretFile
from settings.service import Section, Service
from settings.types import Identifier, SecretName, Share

_PORT = 9187


class PostgresThresholds(Section):
    """Thresholds of the alerts on the database."""

    connections_ratio: Share = Field(
        default=0.8, description="DatabaseConnectionsHigh: share of max_connections in use."
    )


class PostgresService(Service):
    """A PostgreSQL server. Its user needs no more than membership of pg_monitor."""

    kind: Literal["postgres"]
    username: Identifier = Field(default="monitor", description="Role that the exporter logs in as.")
    password: SecretName = Field(description="The name of the secret with the role's password")
    database: Identifier = Field(default="postgres", description="Database to connect to.")
    tls: Literal["disable", "require", "verify-full"] = Field(
        default="disable", description="sslmode of the connection."
    )
    thresholds: PostgresThresholds = PostgresThresholds()

    def secrets(self) -> dict[str, str]:
        """The password of its role."""
        return {"password": self.password}


def _contribute(service: PostgresService) -> Contribution:
    exporter = Exporter(
        name=f"postgres-exporter-{service.name}",
        image="postgres-exporter",
        port=_PORT,
        service=service.name,
        env={
            "DATA_SOURCE_URI": f"{service.target}/{service.database}?sslmode={service.tls}",
            "DATA_SOURCE_USER": service.username,
            "DATA_SOURCE_PASS_FILE": "/run/secrets/password",
        },
        secrets={"password": SecretFile.of(service.password)},
    )
    labels = service_labels(service)
    return Contribution(
        scrape_jobs=(ScrapeJob(service.name, (f"{exporter.name}:{_PORT}",), labels, interval=service.scrape_interval),),
        exporters=(exporter,),
        recording_rules=(
            RecordingRule(
                "service:db_connections:ratio",
                f'sum by (service) (pg_stat_activity_count{{service="{service.name}"}})'
                f' / on (service) max by (service) (pg_settings_max_connections{{service="{service.name}"}})',
                labels,
            ),
            RecordingRule(
                "service:db_connections_threshold:ratio",
                f"vector({service.thresholds.connections_ratio})",
                labels,
            ),
        ),
    )


KIND = Kind("postgres", PostgresService, _contribute)
