"""Mistakes that only show when several settings are read together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from settings.errors import Mistake, did_you_mean, listed, shown
from settings.model import StackSettings
from settings.service import Service

# Secrets that the stack itself needs and always makes: a hash of them goes into web configurations,
# which only a generated value can have without changing at every run.
GENERATED_SECRETS = frozenset({"grafanaAdminPassword", "prometheusPassword", "alertmanagerPassword"})
# Passwords of the demo's databases: made when nobody set them, because the stack also makes the databases.
DEMO_SECRETS = frozenset({"memoryDbPassword", "memoryDbMonitorPassword", "memoryCachePassword"})
# Job names that belong to the stack's own components and to the demo's traffic generator.
RESERVED_NAMES = frozenset(
    {
        "alertmanager",
        "blackbox-exporter",
        "cadvisor",
        "collector-agent",
        "collector-gateway",
        "grafana",
        "loki",
        "memory-traffic",
        "node-exporter",
        "prometheus",
        "tempo",
    }
)


def check_relations(
    raw: Mapping[str, object],
    *,
    services: Sequence[Service],
    secrets_set: frozenset[str],
    image_components: frozenset[str],
    settings: StackSettings | None,
) -> Iterator[Mistake]:
    """Yield every mistake in how the settings fit together.

    Names are read from the raw list, so that an entry with another mistake still counts as declared.
    """
    items = raw.get("services")
    entries = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    yield from _names(entries)
    yield from _dependencies(entries)
    demo = raw.get("demo")
    demo_enabled = isinstance(demo, dict) and demo.get("enabled") is True
    yield from _secrets(entries, services, secrets_set, demo_enabled)
    yield from _images(raw.get("images"), image_components)
    if settings is not None:
        yield from _ports(settings)


def _names(entries: Sequence[Mapping[str, object]]) -> Iterator[Mistake]:
    counts = Counter(str(entry.get("name")) for entry in entries if entry.get("name"))
    seen: set[str] = set()
    for index, entry in enumerate(entries):
        name = str(entry.get("name"))
        if counts[name] > 1 and name in seen:
            yield Mistake(f"services[{index}].name", shown(name), "a name no other service has", "Rename one of them.")
        if name in RESERVED_NAMES:
            yield Mistake(
                f"services[{index}].name",
                shown(name),
                "a name the stack does not use itself",
                "The stack monitors its own components already; remove the entry or rename it.",
            )
        seen.add(name)


def _dependencies(entries: Sequence[Mapping[str, object]]) -> Iterator[Mistake]:
    names = [str(entry.get("name")) for entry in entries if entry.get("name")]
    for index, entry in enumerate(entries):
        wanted = entry.get("depends_on")
        for position, name in enumerate(wanted if isinstance(wanted, list) else []):
            path = f"services[{index}].depends_on[{position}]"
            if name == entry.get("name"):
                yield Mistake(path, shown(name), "another service", "A service cannot depend on itself.")
            elif isinstance(name, str) and name not in names:
                yield Mistake(path, shown(name), listed(names), did_you_mean(name, names))


def _secrets(
    entries: Sequence[Mapping[str, object]],
    services: Sequence[Service],
    secrets_set: frozenset[str],
    demo_enabled: bool,
) -> Iterator[Mistake]:
    generated = GENERATED_SECRETS | (DEMO_SECRETS if demo_enabled else frozenset())
    named: set[str] = set()
    positions = {str(entry.get("name")): index for index, entry in enumerate(entries)}
    for service in services:
        for field, secret in service.secrets().items():
            named.add(secret)
            if secret not in secrets_set and secret not in generated:
                yield Mistake(
                    f"services[{positions[service.name]}].{field}",
                    f"{secret!r}, a secret that is not set",
                    listed(secrets_set | generated),
                    did_you_mean(secret, secrets_set) or f"Set it: pulumi config set --secret {secret}",
                )
    # Only a list without other mistakes tells which secrets are used.
    if len(services) == len(entries):
        for secret in sorted(secrets_set - named - DEMO_SECRETS):
            action = (
                "The stack makes this password itself; remove it."
                if secret in GENERATED_SECRETS
                else f"{did_you_mean(secret, named)} Otherwise remove it: pulumi config rm {secret}".strip()
            )
            yield Mistake(secret, "a secret that nothing names", listed(named - GENERATED_SECRETS), action)


def _images(images: object, components: frozenset[str]) -> Iterator[Mistake]:
    overrides = images.get("overrides") if isinstance(images, dict) else None
    for component in overrides if isinstance(overrides, dict) else ():
        if component not in components:
            yield Mistake(
                f"images.overrides.{component}",
                f"unknown component {component!r}",
                listed(components),
                did_you_mean(component, components),
            )


def _ports(settings: StackSettings) -> Iterator[Mistake]:
    used: dict[int, str] = {}
    for key in type(settings.docker.ports).model_fields:
        port = getattr(settings.docker.ports, key)
        if port in used:
            yield Mistake(f"docker.ports.{key}", str(port), f"a port other than that of docker.ports.{used[port]}")
        used.setdefault(port, key)
