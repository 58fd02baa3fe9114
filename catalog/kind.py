"""What a kind of service is: its settings, and what it adds to the plan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from catalog.plan import Contribution
from settings.service import Service

# The `kind` label of the stack's own components; no service can have it.
COMPONENT_KIND = "component"


@dataclass(frozen=True)
class Kind:
    """One kind of service. A module of this package offers it as `KIND`.

    Attributes:
        name: what `kind:` says in the stack file.
        settings: the model of its entry in the service list.
        contribute: what an entry of this kind adds to the plan. It gets an instance of `settings`.
    """

    name: str
    settings: type[Service]
    contribute: Callable[[Any], Contribution]


def service_labels(service: Service) -> dict[str, str]:
    """Labels that every series of a service carries."""
    return {"service": service.name, "kind": service.kind, "owner": service.owner}
