"""Containers that must run on a machine, as its cAdvisor sees them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Literal

from pydantic import Field, field_validator, model_validator

from catalog.kind import Kind, scrape_job, service_labels
from catalog.plan import Contribution, RecordingRule
from catalog.promql import any_of
from settings.access import Access
from settings.section import mistake
from settings.service import SCRAPE_FIELDS, Service, none_of
from settings.types import Address

# The job of the cAdvisor on the stack's own machine.
_OWN_CADVISOR = "cadvisor"
_CONTAINER_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]*")


class ContainerService(Access, Service):
    """Containers on the stack's own machine, or on another one that runs a cAdvisor.

    `scrape_interval`, `limits` and how a scrape is made are about that other cAdvisor.
    """

    kind: Literal["container"]
    containers: tuple[str, ...] = Field(min_length=1, description="Names as `docker ps` shows them; all must run.")
    target: Address | None = Field(
        default=None, description="host:port of another machine's cAdvisor; default: the stack's own machine."
    )

    @field_validator("containers")
    @classmethod
    def _names_of_different_containers(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if not _CONTAINER_NAME.fullmatch(name):
                raise mistake(repr(name), "names of containers: letters, digits, dots, dashes and underscores")
            if names.count(name) > 1:
                raise mistake(f"{name!r} twice", "each name once")
        return names

    @model_validator(mode="after")
    def _scrape_settings_need_a_target(self) -> ContainerService:
        if self.target is None:
            fields = (*SCRAPE_FIELDS, "limits")
            none_of(self, fields, "it without target", "it beside target, for that machine's cAdvisor")
        return self


def _contribute(service: ContainerService) -> Contribution:
    labels = service_labels(service)
    source = service.name if service.target else _OWN_CADVISOR
    names = any_of(service.containers)
    # As for ContainerMissing: what tells is when a container was last seen, and by a cAdvisor that answers.
    seen = f'count(max by (name) (container_last_seen{{job="{source}", name=~{names}}}) > time() - 90)'
    return Contribution(
        up=f'({seen} or vector(0)) == bool {len(service.containers)} and on () min(up{{job="{source}"}}) == 1',
        scrape_jobs=(replace(scrape_job(service, service.target), access=service.access()),) if service.target else (),
        recording_rules=tuple(
            RecordingRule(
                "service:container_expected:info", "vector(1)", {**labels, "name": container, "source": source}
            )
            for container in service.containers
        ),
    )


KIND = Kind("container", ContainerService, _contribute, ("containers",))
