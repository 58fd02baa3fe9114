"""PgBouncer through pgbouncer_exporter (port 9127)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from catalog.kind import Kind, exporter_job, up_behind
from catalog.libpq import START, LibpqService, SqlName
from catalog.plan import Contribution, Exporter

_PORT = 9127
# The admin console has the name of a database.
_CONSOLE = "pgbouncer"


class PgbouncerService(LibpqService):
    """A PgBouncer, version 1.8 or later. Its user is among `stats_users`."""

    kind: Literal["pgbouncer"]
    username: SqlName = Field(default="monitor", description="User of the admin console, one of `stats_users`.")


def _contribute(service: PgbouncerService) -> Contribution:
    exporter = Exporter(
        name=f"pgbouncer-exporter-{service.name}",
        image="pgbouncer-exporter",
        port=_PORT,
        service=service.name,
        env={
            "PGBOUNCER_EXPORTER_CONNECTION_STRING": f"postgres://{service.address(_CONSOLE)}",
            "PGUSER": service.username,
        },
        config={"start.sh": START},
        **service.login("/bin/pgbouncer_exporter"),
    )
    return Contribution(
        scrape_jobs=(exporter_job(service, exporter),), exporters=(exporter,), up=up_behind(service, "pgbouncer_up")
    )


KIND = Kind("pgbouncer", PgbouncerService, _contribute, ("databases", "pgbouncer"), dashboards=("pgbouncer",))
