"""What the stack calls its own parts, as far as a stack file could get in their way or change them."""

from __future__ import annotations

from components.collector_gateway import SPAN_METRICS
from components.demo import DEMO_ENDPOINTS, DEMO_SECRETS, TRAFFIC
from components.endpoints import ENDPOINTS, Endpoint, GuardedEndpoint
from components.stores import all_stores, stores_of
from settings.model import StackSettings


def endpoints() -> tuple[Endpoint, ...]:
    """Every endpoint of every component there is, whether this stack has it or not."""
    return (*_own(), *DEMO_ENDPOINTS)


def endpoints_of(settings: StackSettings) -> tuple[Endpoint, ...]:
    """Those that a stack with these settings has."""
    stores = (endpoint for store in stores_of(settings).both for endpoint in store.endpoints)
    return (*ENDPOINTS, *stores, *(DEMO_ENDPOINTS if settings.demo.enabled else ()))


def front_endpoints() -> tuple[Endpoint, ...]:
    """What people mean when they name a component that they can reach: one endpoint of each."""
    return tuple(endpoint for endpoint in endpoints() if endpoint.name == "http" and endpoint.published_as)


def sender_endpoints() -> tuple[Endpoint, ...]:
    """Where applications send what they emit."""
    return tuple(endpoint for endpoint in _own() if endpoint.name != "http" and endpoint.reach == "applications")


def reserved_names() -> frozenset[str]:
    """Job names of the stack's own components and of the demo's traffic generator."""
    return frozenset({*(endpoint.workload for endpoint in _own()), SPAN_METRICS, TRAFFIC})


def generated_secrets() -> frozenset[str]:
    """Secrets that the stack always makes itself.

    A hash of them goes into web configurations, which only a generated value can have without changing at every run.
    """
    return frozenset(endpoint.login.secret for endpoint in endpoints() if isinstance(endpoint, GuardedEndpoint))


def made_secrets() -> frozenset[str]:
    """Secrets that the stack makes when nobody gives them: what it always makes, and the demo's."""
    return generated_secrets() | DEMO_SECRETS


def published_ports() -> dict[str, int]:
    """Ports that people or applications reach, by their name in a runtime's settings."""
    return {endpoint.published_as: endpoint.port for endpoint in endpoints() if endpoint.published_as}


def _own() -> tuple[Endpoint, ...]:
    return (*ENDPOINTS, *(endpoint for store in all_stores().values() for endpoint in store.endpoints))
