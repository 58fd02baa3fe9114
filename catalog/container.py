"""Containers that must run on a machine, as its cAdvisor sees them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Annotated, ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from catalog.kind import Kind, scrape_job, service_labels
from catalog.plan import Contribution, RecordingRule
from catalog.promql import any_of, quoted
from catalog.words import Word
from settings.access import Access
from settings.section import EachOnce, Section, mistake
from settings.service import SCRAPE_FIELDS, Service, none_of
from settings.types import Address, Count

# The job of the cAdvisor on the stack's own machine.
_OWN_CADVISOR = "cadvisor"
_CONTAINER_NAME = re.compile(r"[a-zA-Z0-9*][a-zA-Z0-9_.*-]*")
# cAdvisor's name of the labels of Compose.
_COMPOSE = "container_label_com_docker_compose"
_RUNNING = "service:containers_running:count"
_WANTED = "service:containers_wanted:count"


class ComposeServices(Section):
    """Services of a Compose project, by the labels that Compose puts on their containers."""

    project: Word = Field(description="Name of the project: `name:` of its file, or its folder.")
    services: Annotated[tuple[Word, ...], EachOnce] = Field(
        min_length=1, description="Names of its services; all must run."
    )


class ContainerService(Access, Service):
    """Containers on the stack's own machine, or on another one that runs a cAdvisor.

    `scrape_interval`, `limits` and how a scrape is made are about that other cAdvisor. For `compose` it must show the
    labels of containers, as it does unless it was told otherwise.
    """

    kind: Literal["container"]
    containers: Annotated[tuple[str, ...], EachOnce] = Field(
        default=(),
        min_length=1,
        description="Names as `docker ps` shows them; * stands for any letters. Each must run.",
    )
    compose: ComposeServices | None = Field(default=None, description="Services of a Compose project, instead.")
    replicas: Count = Field(
        default=1, description="Containers that must run for each Compose service, and for each name with *."
    )
    target: Address | None = Field(
        default=None, description="host:port of another machine's cAdvisor; default: the stack's own machine."
    )

    # Fields of which exactly one says which containers.
    sources: ClassVar[tuple[str, ...]] = ("containers", "compose")

    @field_validator("containers")
    @classmethod
    def _names_of_different_containers(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if not _CONTAINER_NAME.fullmatch(name):
                raise mistake(repr(name), "names of containers: letters, digits, dots, dashes and underscores, or *")
        return names

    @model_validator(mode="after")
    def _one_way_to_say_which(self) -> ContainerService:
        used = [field for field in self.sources if getattr(self, field)]
        if len(used) != 1:
            raise mistake(" and ".join(used) or "nothing", f"exactly one of {', '.join(self.sources)}")
        names = [name for name in self.containers if "*" not in name]
        if self.replicas > 1 and names:
            found = f"{self.replicas} replicas of {names[0]}"
            raise mistake(found, "one: a name is of one container", "Write a name with *.", field="replicas")
        return self

    @model_validator(mode="after")
    def _scrape_settings_need_a_target(self) -> ContainerService:
        if self.target is None:
            fields = (*SCRAPE_FIELDS, "limits")
            none_of(self, fields, "it without target", "it beside target, for that machine's cAdvisor")
        return self


def _contribute(service: ContainerService) -> Contribution:
    labels = {**service_labels(service), "source": service.name if service.target else _OWN_CADVISOR}
    names = [name for name in service.containers if "*" not in name]
    groups = dict(_groups(service))
    rules = [RecordingRule("service:container_expected:info", "vector(1)", {**labels, "name": name}) for name in names]
    for name, matchers in groups.items():
        rules += _of_group(service, {**labels, "name": name}, matchers)
    return Contribution(
        up=_up(service, labels["source"], names, groups),
        scrape_jobs=(replace(scrape_job(service, service.target), access=service.access()),) if service.target else (),
        recording_rules=tuple(rules),
    )


def _groups(service: ContainerService) -> Iterator[tuple[str, str]]:
    """Containers of which several may run: what to call them, and the matchers of their series."""
    for name in service.containers:
        if "*" in name:
            yield name, f"name=~{quoted('.*'.join(map(re.escape, name.split('*'))))}"
    for own in service.compose.services if service.compose else ():
        project = service.compose.project if service.compose else ""
        of = {"project": project, "service": own}
        yield f"{project}/{own}", ", ".join(f'{_COMPOSE}_{key}="{value}"' for key, value in of.items())


def _of_group(service: ContainerService, labels: Mapping[str, str], matchers: str) -> Iterator[RecordingRule]:
    seen = _seen(labels["source"], matchers)
    yield RecordingRule(_RUNNING, f"{seen} or vector(0)", labels)
    yield RecordingRule(_WANTED, f"vector({service.replicas})", labels)


def _seen(source: str, matchers: str) -> str:
    """How many different containers a cAdvisor sees. As for ContainerMissing: what tells is when one was last seen."""
    return f'count(max by (name) (container_last_seen{{job="{source}", {matchers}}}) > time() - 90)'


def _up(service: ContainerService, source: str, names: Iterable[str], groups: Collection[str]) -> str:
    """Every name runs and of each group one container, and the cAdvisor that says so answers."""
    names = [*names]
    each = f'min({_RUNNING}{{service="{service.name}"}} > bool 0)' if groups else ""
    all_of = f"({_seen(source, f'name=~{any_of(names)}')} or vector(0)) == bool {len(names)}" if names else ""
    both = f"({all_of}) * {each}" if each and all_of else each or all_of
    return f'{both} and on () min(up{{job="{source}"}}) == 1'


KIND = Kind("container", ContainerService, _contribute, ("containers",))
