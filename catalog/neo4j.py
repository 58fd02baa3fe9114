"""Neo4j: Enterprise by its own metrics (port 2004), Community, which has none, by whether Bolt (7687) answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, model_validator

from catalog.kind import Kind, scrape_jobs, service_labels
from catalog.plan import Contribution, RecordingRule
from catalog.prober import probe_jobs, up_as_seen
from catalog.words import Word
from settings.access import Access
from settings.section import EachOnce, mistake
from settings.service import ScrapedService

_SEPARATORS = re.compile(r"[^a-zA-Z0-9_]")


class Neo4jService(ScrapedService):
    """A Neo4j server.

    Enterprise: target is its Prometheus endpoint, which `server.metrics.prometheus.enabled` opens. Community: target is
    its Bolt address.
    """

    kind: Literal["neo4j"]
    edition: Literal["enterprise", "community"] = Field(
        default="enterprise", description="enterprise: scraped at port 2004; community: probed at its Bolt port 7687."
    )
    databases: Annotated[tuple[Word, ...], EachOnce] = Field(
        default=("neo4j",), description="Databases whose checkpoints and transactions are watched (enterprise)."
    )

    @model_validator(mode="after")
    def _fits_the_edition(self) -> Neo4jService:
        if self.edition == "community":
            for field in ("discover", "databases", "params", *Access.model_fields):
                if field in self.model_fields_set:
                    raise mistake(f"{field} with edition: community", f"no {field}", field=field)
        return self


def _contribute(service: Neo4jService) -> Contribution:
    if service.edition == "community" and service.target:
        return Contribution(scrape_jobs=probe_jobs(service, service.target, "tcp"), up=up_as_seen(service))
    rules = tuple(rule for database in service.databases for rule in _recordings(service, database))
    return Contribution(scrape_jobs=scrape_jobs(service), recording_rules=rules)


def _recordings(service: Neo4jService, database: str) -> Iterator[RecordingRule]:
    """Neo4j has the database in the names of its metrics; here it is a label."""
    prefix = f"neo4j_database_{_SEPARATORS.sub('_', database)}"
    labels = {**service_labels(service), "database": database}

    def series(name: str) -> str:
        return f'{prefix}_{name}{{service="{service.name}"}}'

    yield RecordingRule(
        "service:neo4j_checkpoint:seconds", f"max by (instance) ({series('check_point_duration')}) / 1000", labels
    )
    yield RecordingRule(
        "service:neo4j_transactions_active:count",
        f"sum by (instance) ({series('transaction_active_read')})"
        f" + sum by (instance) ({series('transaction_active_write')})",
        labels,
    )
    yield RecordingRule(
        "service:neo4j_transactions_committed:rate5m",
        f"sum by (instance) (rate({series('transaction_committed_total')}[5m]))",
        labels,
    )


KIND = Kind("neo4j", Neo4jService, _contribute, ("neo4j",), dashboards=("neo4j",))
