"""What a stack file says that can be meant, but seldom is: told beside what is done, and no mistake."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from ipaddress import ip_address
from urllib.parse import urlsplit

from settings.access import Access
from settings.discovery import Discovery
from settings.encrypted import EncryptedService
from settings.errors import printable
from settings.layers import location
from settings.model import StackSettings
from settings.runtime import RuntimeSettings
from settings.secrets import secret_path
from settings.service import OWN_PROBER
from settings.stackfile import RawConfiguration
from settings.syntax import host_of, split_address

_CREDENTIALS = ("basic_auth", "bearer_token", "secret_headers")
_OPEN = "unencrypted, for everybody on the way to read"
_BELIEVED = "any certificate is believed: whoever is in between can read what is sent"
# Ports that people mean the other protocol by, with that.
_UNUSUAL = {
    **dict.fromkeys(("http", "grpc"), (443, "https")),
    **dict.fromkeys(("https", "tls", "grpcs"), (80, "http")),
}
_MOST_PLACES = 3
_OF_A_SUMMARY = (
    "a summary tells the quantiles that the program computes, over a time of its own, and P95 only if it has 0.95. "
    "Those of several instances cannot be put together: the highest counts. How many requests are within a limit it "
    "does not tell: there is no Apdex, no heatmap and no objective of latency."
)


@dataclass(frozen=True, order=True)
class Remark:
    """One of them.

    Attributes:
        path: where it is, as in a `Mistake`.
        text: what it means, in a sentence or two.
    """

    path: str
    text: str

    def __str__(self) -> str:
        return printable(f"{self.path}: {self.text}")


def remarks(
    raw: RawConfiguration, settings: StackSettings, runtimes: Mapping[str, type[RuntimeSettings]]
) -> tuple[Remark, ...]:
    """Everything to remark on a stack file without mistakes.

    Args:
        raw: the file.
        settings: what was read of it.
        runtimes: the settings section of every runtime, by its name.
    """
    found = (
        *_of_services(settings),
        *_of_probers(settings),
        *_of_receivers(settings),
        *_of_addresses(settings, runtimes),
    )
    placed = (replace(remark, path=location(remark.path, raw.places).named) for remark in found)
    return (*_together(placed), *_of_sections(raw, settings, runtimes))


def _together(found: Iterable[Remark]) -> Iterator[Remark]:
    """What is the same of several places, said once."""
    places: dict[str, list[str]] = {}
    for remark in found:
        places.setdefault(remark.text, []).append(remark.path)
    for text, paths in places.items():
        more = f" and {len(paths) - _MOST_PLACES} more" if len(paths) > _MOST_PLACES else ""
        yield Remark(f"{', '.join(paths[:_MOST_PLACES])}{more}", text)


def _of_addresses(settings: StackSettings, runtimes: Mapping[str, type[RuntimeSettings]]) -> Iterator[Remark]:
    """Hosts that are not what their names seem to say."""
    own = runtimes[settings.runtime].machine_name
    elsewhere = {runtime.machine_name for runtime in runtimes.values()} - {own, ""}
    action = f"What runs on the machine itself is {own}." if own else "Write the name or the address of what is meant."
    for path, address in _asked(settings):
        host = (urlsplit(address).hostname or "") if "://" in address else host_of(address)
        if _is_loopback(host):
            text = f"{host} is the container that asks, and not the machine it runs on."
            yield Remark(path, f"{text} {action}")
        elif host in elsewhere:
            text = f"{host} is a name that nothing has on {settings.runtime}."
            yield Remark(path, f"{text} {action}")


def _asked(settings: StackSettings) -> Iterator[tuple[str, str]]:
    """Addresses that containers of the stack connect to, by their places."""
    found: dict[str, str | None] = {}
    for index, service in enumerate(settings.services):
        path = f"services[{index}]"
        found |= {f"{path}.{field}": getattr(service, field, None) for field in ("target", "exporter", "proxy")}
        for field in ("nodes", "broker_metrics"):
            found |= {f"{path}.{field}[{number}]": each for number, each in enumerate(getattr(service, field, ()))}
        if (discover := getattr(service, "discover", None)) and discover.consul:
            found[f"{path}.discover.consul.server"] = discover.consul.server
    for name, receiver in settings.receivers.items():
        for field in ("smarthost", "url"):
            found[f"receivers.{name}.{receiver.kind}.{field}"] = getattr(receiver.settings, field, None)
    if settings.alerting.heartbeat:
        found["alerting.heartbeat.url"] = settings.alerting.heartbeat.url
    if oidc := settings.grafana.oidc:
        found |= {"grafana.oidc.token_url": oidc.token_url, "grafana.oidc.api_url": oidc.api_url}
    return ((path, address) for path, address in found.items() if address)


def _of_services(settings: StackSettings) -> Iterator[Remark]:
    for index, service in enumerate(settings.services):
        protocol, target = getattr(service, "protocol", None), getattr(service, "target", None)
        if protocol in _UNUSUAL:
            yield from _of_port(f"services[{index}].protocol", protocol, target)
        if getattr(getattr(service, "tls", None), "insecure", False):
            text = f"{_BELIEVED}, credentials too, and"
            action = "change what comes back. Name the authority in tls.ca instead."
            yield Remark(f"services[{index}].tls.insecure", f"{text} {action}")
        for field in _CREDENTIALS if getattr(service, "encrypted", None) is False else ():
            if getattr(service, field, None):
                said = "protocol" if protocol else "scheme"
                action = f"Write {said}: https where the target offers it."
                yield Remark(f"services[{index}].{field}", f"it is sent {_OPEN}. {action}")
        if isinstance(service, EncryptedService) and service.sends_password_openly:
            action = "Write tls: require, or verify-full, where the target offers it."
            yield Remark(f"services[{index}].password", f"it is sent {_OPEN}. {action}")
        if getattr(service, "verify_certificate", True) is False:
            text = f"{_BELIEVED} and change what comes back."
            yield Remark(f"services[{index}].verify_certificate", text)
        if isinstance(service, Access):
            yield from _of_port(f"services[{index}].target", "https" if service.encrypted else "http", target)
        if getattr(getattr(service, "metrics", None), "histogram", None) == "summary":
            yield Remark(f"services[{index}].metrics.histogram", _OF_A_SUMMARY)


def _of_probers(settings: StackSettings) -> Iterator[Remark]:
    """Probers that nobody asks, and what a prober needs that is not the stack's own."""
    asked: set[str] = set()
    for index, service in enumerate(settings.services):
        probers: tuple[str, ...] = getattr(service, "probers", ())
        asked.update(probers)
        if not (elsewhere := " and ".join(name for name in probers if name != OWN_PROBER)):
            continue
        if getattr(service, "protocol", None) == "icmp":
            text = f"a ping is sent only where the system of {elsewhere} lets its exporter: net.ipv4.ping_group_range."
            yield Remark(f"services[{index}].probers", text)
        if secrets := sorted({*service.secrets().values()}):
            files = ", ".join(map(secret_path, secrets))
            text = f"the probe reads {files} where it is asked: on {elsewhere} too."
            yield Remark(f"services[{index}].probers", text)
    for index, service in enumerate(settings.services):
        if service.kind == "prober" and service.name not in asked:
            text = f"no probe names {service.name} in probers: it is watched, and asked for nothing."
            yield Remark(f"services[{index}].name", text)


def _of_port(path: str, protocol: str, target: str | None) -> Iterator[Remark]:
    """A port that has the other protocol."""
    port, other = _UNUSUAL[protocol]
    if target and split_address(target)[1] == port:
        yield Remark(path, f"{protocol} on port {port}, which {other} has.")


def _of_receivers(settings: StackSettings) -> Iterator[Remark]:
    """Credentials that are sent in the clear."""
    for name, receiver in settings.receivers.items():
        if (getattr(receiver.settings, "url", None) or "").startswith("http://") and receiver.secrets():
            secrets = " and ".join(sorted(receiver.secrets().values()))
            text = f"{secrets} is sent there {_OPEN}. Write https:// if it can be."
            yield Remark(f"receivers.{name}.{receiver.kind}.url", text)


def _of_sections(
    raw: RawConfiguration, settings: StackSettings, runtimes: Mapping[str, type[RuntimeSettings]]
) -> Iterator[Remark]:
    for name in sorted(runtimes.keys() & raw.values.keys() - {settings.runtime}):
        yield Remark(name, f"this stack runs on {settings.runtime}, and nothing reads the section.")
    packages = {runtime.package for runtime in runtimes.values()} - {runtimes[settings.runtime].package}
    for key in raw.foreign:
        if key.partition(":")[0] in packages:
            yield Remark(key, f"this stack runs on {settings.runtime}, and nothing reads the key.")
    if not settings.demo.enabled:
        for key in sorted(settings.demo.model_fields_set - {"enabled"}):
            yield Remark(f"demo.{key}", "the demo is not enabled, and nothing reads it.")
    ways: list[Discovery] = [way for each in settings.services if (way := getattr(each, "discover", None))]
    asks = bool(getattr(settings.runtime_section, "log_sockets", ())) or any(way.docker for way in ways)
    if getattr(settings.runtime_section, "socket_group", None) is not None and not asks:
        yield Remark(f"{settings.runtime}.socket_group", "no service discovers containers, and nothing reads it.")


def _is_loopback(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return host.lower().rstrip(".") == "localhost"
    # Programs in Go connect to 0.0.0.0 as to themselves.
    return address.is_loopback or address.is_unspecified
