"""What a check of the stack file reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from settings.errors import Mistake
from settings.known import Known
from settings.model import StackSettings
from settings.service import Service


@dataclass(frozen=True)
class Checked:
    """A stack file as far as it could be read.

    Attributes:
        raw: the plain values by key. Names are read from here, so that an entry with another mistake still counts.
        services: the entries without a mistake of their own, by their place in the list.
        settings: the typed settings; None when a section has a mistake of its own.
        secrets_set: names of the secrets that are set.
        known: what the file can refer to.
    """

    raw: Mapping[str, object]
    services: Mapping[int, Service]
    settings: StackSettings | None
    secrets_set: frozenset[str]
    known: Known

    @cached_property
    def entries(self) -> Mapping[int, Mapping[str, object]]:
        """The entries of the service list that are mappings, unchecked, by their place."""
        items = self.raw.get("services")
        return {
            index: item for index, item in enumerate(items if isinstance(items, list) else []) if isinstance(item, dict)
        }

    @property
    def runtime(self) -> str:
        """The name that `runtime` says or is by default, whether there is such a runtime or not."""
        return str(self.raw.get("runtime", StackSettings.model_fields["runtime"].default))

    def section(self, key: str) -> Mapping[str, object]:
        """A section of the file, unchecked; empty when it is not a mapping."""
        found = self.raw.get(key)
        return found if isinstance(found, dict) else {}

    @cached_property
    def plain_secrets(self) -> frozenset[str]:
        """Keys that are a secret's name, but whose values stand in the stack file for everyone to read."""
        return plain_secrets(self.raw, self.services, self.known)


def plain_secrets(raw: Mapping[str, object], services: Mapping[int, Service], known: Known) -> frozenset[str]:
    """Keys that are a secret's name, but whose values stand in the stack file for everyone to read."""
    named = {secret for service in services.values() for secret in service.secrets().values()}
    return frozenset(raw.keys() & (named | known.generated_secrets | known.demo_secrets))


SettingsCheck = Callable[[Checked], Iterator[Mistake]]
"""Yields the mistakes of one topic."""
