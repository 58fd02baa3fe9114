"""A stack that an older program brought up is not replaced: each of its resources is still known, or by an alias."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

import pytest
import yaml

from runtimes.capture import CapturedResource
from settings.stackfile import PROJECT
from tests.conftest import Deploy

REGISTERED = Path(__file__).parent / "registered_94992d9.yaml"
# Passwords are made by a resource of our own since; their old ones go with the random provider.
GONE = "random:index/randomPassword:RandomPassword"


def registered(stack: str) -> frozenset[str]:
    """URNs in the state of a stack that commit 94992d9 brought up."""
    found = yaml.safe_load(REGISTERED.read_text(encoding="utf-8"))[stack]
    return frozenset(f"urn:pulumi:{stack}::{PROJECT}::{chain}" for chain in found)


class Continued:
    """Which old resource each new one goes on with, found as the engine finds it (`generateAliases`)."""

    def __init__(self, old: frozenset[str], new: Mapping[str, CapturedResource]) -> None:
        self._old, self._new = old, new
        self._found: dict[str, str | None] = {}

    @cached_property
    def urns(self) -> dict[str, str]:
        """New URN to old URN."""
        return {urn: old for urn in self._new if (old := self._of(urn)) is not None}

    def _of(self, urn: str) -> str | None:
        if urn not in self._found:
            candidates = [urn, *self._aliases(self._new[urn])]
            self._found[urn] = next((candidate for candidate in candidates if candidate in self._old), None)
        return self._found[urn]

    def _aliases(self, resource: CapturedResource) -> list[str]:
        aliases = list(resource.aliases)
        parent = self._of(resource.parent) if resource.parent in self._new else None
        if parent is not None and parent != resource.parent:
            aliases += [self._inherited(urn, resource.parent, parent) for urn in (resource.urn, *resource.aliases)]
        return aliases

    @staticmethod
    def _inherited(urn: str, parent: str, former_parent: str) -> str:
        """A child that is named after its parent was named after the parent's former name."""
        head, _, name = urn.rpartition("::")
        parent_name, former_name = parent.rpartition("::")[2], former_parent.rpartition("::")[2]
        if name.startswith(parent_name):
            name = former_name + name.removeprefix(parent_name)
        own_type = head.rpartition("$")[2]
        return f"{former_parent.rpartition('::')[0]}${own_type}::{name}"


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_every_resource_of_an_older_stack_goes_on(stack: str, deployed: Deploy) -> None:
    old, new = registered(stack), deployed(stack).by_urn
    continued = Continued(old, new).urns
    assert {urn for urn in old - set(continued.values()) if GONE not in urn} == set()


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_no_two_resources_go_on_with_the_same_old_one(stack: str, deployed: Deploy) -> None:
    continued = Continued(registered(stack), deployed(stack).by_urn).urns
    assert len(set(continued.values())) == len(continued)


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_what_goes_on_is_of_the_same_type(stack: str, deployed: Deploy) -> None:
    new = deployed(stack).by_urn
    for urn, old in Continued(registered(stack), new).urns.items():
        assert old.rpartition("::")[0].rpartition("$")[2].rpartition("::")[2] == new[urn].type


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_without_aliases_the_data_would_be_lost(stack: str, deployed: Deploy) -> None:
    """What this is about: the volumes' names have changed, so that the test above can fail."""
    old, new = registered(stack), deployed(stack).by_urn
    lost = {urn for urn in old - set(new) if "Volume::" in urn or "PersistentVolumeClaim::" in urn}
    assert lost
