"""Mistakes that only show when several settings are read together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from settings.errors import Mistake, did_you_mean, listed, shown
from settings.model import StackSettings
from settings.service import ScrapedService, Service

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
        "span-metrics",
        "tempo",
    }
)


def check_relations(
    raw: Mapping[str, object],
    *,
    services: Mapping[int, Service],
    secrets_set: frozenset[str],
    image_components: frozenset[str],
    settings: StackSettings | None,
) -> Iterator[Mistake]:
    """Yield every mistake in how the settings fit together.

    Names are read from the raw list, so that an entry with another mistake still counts as declared.
    `services` are the entries without a mistake of their own, by their place in the list.
    """
    items = raw.get("services")
    entries = {
        index: item for index, item in enumerate(items if isinstance(items, list) else []) if isinstance(item, dict)
    }
    yield from _names(entries)
    yield from _dependencies(entries)
    demo = raw.get("demo")
    demo_enabled = isinstance(demo, dict) and demo.get("enabled") is True
    yield from _secrets(raw, services, secrets_set, demo_enabled)
    yield from _images(raw.get("images"), image_components)
    yield from _discoveries(raw, services)
    if settings is not None:
        yield from _ports(settings, services)


def plain_secrets(raw: Mapping[str, object], services: Mapping[int, Service]) -> frozenset[str]:
    """Keys that are a secret's name, but whose values stand in the stack file for everyone to read."""
    named = {secret for service in services.values() for secret in service.secrets().values()}
    return frozenset(raw.keys() & (named | GENERATED_SECRETS | DEMO_SECRETS))


def _names(entries: Mapping[int, Mapping[str, object]]) -> Iterator[Mistake]:
    seen: set[str] = set()
    for index, entry in entries.items():
        name = entry.get("name")
        if not isinstance(name, str):
            continue
        if name in seen:
            yield Mistake(f"services[{index}].name", shown(name), "a name no other service has", "Rename one of them.")
        if name in RESERVED_NAMES:
            yield Mistake(
                f"services[{index}].name",
                shown(name),
                "a name the stack does not use itself",
                "The stack monitors its own components already; remove the entry or rename it.",
            )
        seen.add(name)


def _dependencies(entries: Mapping[int, Mapping[str, object]]) -> Iterator[Mistake]:
    names = {str(entry["name"]) for entry in entries.values() if entry.get("name")}
    for index, entry in entries.items():
        own, wanted = entry.get("name"), entry.get("depends_on")
        for position, name in enumerate(wanted if isinstance(wanted, list) else []):
            path = f"services[{index}].depends_on[{position}]"
            others = names - {str(own)}
            if isinstance(name, str) and name == own:
                yield Mistake(path, shown(name), "another service", "A service cannot depend on itself.")
            elif isinstance(name, str) and name not in names:
                yield Mistake(path, shown(name), listed(others), did_you_mean(name, others))

    yield from _cycles(entries)
    for index, entry in entries.items():
        source = entry.get("metrics_from")
        if isinstance(source, str) and source not in names - {str(entry.get("name"))}:
            others = names - {str(entry.get("name"))}
            path = f"services[{index}].metrics_from"
            yield Mistake(path, shown(source), f"another service: {listed(others)}", did_you_mean(source, others))


def _cycles(entries: Mapping[int, Mapping[str, object]]) -> Iterator[Mistake]:
    """The first circle of services that depend on each other, named where it begins in the list."""
    graph = {
        str(entry.get("name")): {str(name) for name in wanted if name != entry.get("name")}
        for entry in entries.values()
        if isinstance(wanted := entry.get("depends_on"), list)
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        # graphlib lists a node before those that wait for it.
        circle = error.args[1][:0:-1]
        index = min(index for index, entry in entries.items() if entry.get("name") in circle)
        start = circle.index(str(entries[index]["name"]))
        ordered = [*circle[start:], *circle[: start + 1]]
        action = "Keep the direction in which a failure spreads."
        yield Mistake(f"services[{index}].depends_on", " → ".join(ordered), "dependencies without a circle", action)


def _discoveries(raw: Mapping[str, object], services: Mapping[int, Service]) -> Iterator[Mistake]:
    """Ways to find targets that the runtime cannot offer, or not without a setting."""
    runtime, docker = raw.get("runtime", "docker"), raw.get("docker")
    other_runtime = {"docker": "docker", "files": "docker", "kubernetes": "kubernetes"}
    for index, service in services.items():
        discover = service.discover if isinstance(service, ScrapedService) else None
        if discover is None:
            continue
        path = f"services[{index}].discover"
        for way, needed in other_runtime.items():
            if getattr(discover, way) is not None and runtime != needed:
                allowed = listed(
                    way for way in type(discover).model_fields if other_runtime.get(way, runtime) == runtime
                )
                yield Mistake(f"{path}.{way}", f"a way of runtime {needed}", allowed, f"This stack's is {runtime}.")
        if discover.docker and runtime == "docker":
            yield from _needs_of_docker_discovery(docker if isinstance(docker, dict) else {}, f"{path}.docker")


def _needs_of_docker_discovery(docker: Mapping[str, object], path: str) -> Iterator[Mistake]:
    if "socket_group" not in docker:
        action = f"Set it to what `stat -c %g /var/run/docker.sock` prints; {path} needs it."
        yield Mistake("docker.socket_group", "nothing", "the id of the group that may use Docker's socket", action)
    if not docker.get("networks"):
        action = f"Name those of the containers; {path} reaches them there."
        yield Mistake("docker.networks", "nothing", "a list of existing Docker networks", action)


def _secrets(
    raw: Mapping[str, object],
    services: Mapping[int, Service],
    secrets_set: frozenset[str],
    demo_enabled: bool,
) -> Iterator[Mistake]:
    made = DEMO_SECRETS if demo_enabled else frozenset()
    plain = plain_secrets(raw, services)
    for secret in sorted(plain):
        action = (
            "The stack makes this password itself; remove it."
            if secret in GENERATED_SECRETS
            else f"Set it again: pulumi config set --secret {secret}"
        )
        yield Mistake(secret, "a plain value, readable by everyone", "a secret", action)
    named: set[str] = set()
    for index, service in services.items():
        for field, secret in service.secrets().items():
            named.add(secret)
            if secret not in secrets_set | made | plain | GENERATED_SECRETS:
                yield Mistake(
                    f"services[{index}].{field}",
                    f"{secret!r}, a secret that is not set",
                    listed(secrets_set | made) if secrets_set | made else "the name of a secret that is set",
                    did_you_mean(secret, secrets_set | made) or f"Set it: pulumi config set --secret {secret}",
                )
    items = raw.get("services")
    # Only a list without other mistakes tells which secrets are used.
    if isinstance(items, list) and len(services) == len(items):
        for secret in sorted(secrets_set - named - DEMO_SECRETS):
            near = did_you_mean(secret, named)
            action = (
                "The stack makes this password itself; remove it."
                if secret in GENERATED_SECRETS
                else f"{near} Otherwise remove it: pulumi config rm {secret}"
                if near
                else f"Remove it: pulumi config rm {secret}"
            )
            yield Mistake(secret, "a secret that nothing names", "secrets that a service names", action)


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


def _ports(settings: StackSettings, services: Mapping[int, Service]) -> Iterator[Mistake]:
    tcp = {
        f"docker.ports.{key}": getattr(settings.docker.ports, key) for key in type(settings.docker.ports).model_fields
    }
    udp = {
        f"services[{index}].{field}": port
        for index, service in services.items()
        for field, port in service.udp_ports().items()
    }
    for ports in (tcp, udp):
        used: dict[int, str] = {}
        for path, port in ports.items():
            if port in used:
                yield Mistake(path, str(port), f"a port other than that of {used[port]}")
            used.setdefault(port, path)
