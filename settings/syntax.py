"""Texts that other programs read by a grammar of their own: PromQL, Docker, Kubernetes, URLs."""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from settings.errors import shown
from settings.section import mistake

# --- Prometheus ------------------------------------------------------------------------------------------------------

# Words of PromQL that stand where a metric's name could, or are a number.
_KEYWORDS = frozenset(
    {
        *("and", "or", "unless", "atan2", "by", "without", "on", "ignoring", "group_left", "group_right", "bool"),
        *("offset", "inf", "nan", "start", "end", "step", "range", "fill", "fill_left", "fill_right", "smoothed"),
        *("sum", "avg", "count", "min", "max", "group", "stddev", "stdvar", "topk", "bottomk", "count_values"),
        *("quantile", "limitk", "limit_ratio", "anchored"),
    }
)
# Labels that every series has from the stack, from Prometheus or from the form of its metric.
_RESERVED_LABELS = frozenset(
    {"alertname", "environment", "instance", "job", "kind", "le", "owner", "quantile", "service"}
)


def _no_keyword(text: str) -> str:
    if text.lower() in _KEYWORDS:
        raise mistake(f"{shown(text)}, a word of PromQL", "another name", "Rename the metric.")
    return text


def _not_taken(text: str) -> str:
    if text in _RESERVED_LABELS or text.startswith("__"):
        action = "Prometheus or this stack sets it: the program's own value is in a label of another name."
        raise mistake(f"{shown(text)}, a label that is taken", "a label of the program's own", action)
    return text


# Letters of any language. Words with dots between them are OpenTelemetry's; behind a dot it has dashes and slashes too.
_LETTERS = "a-zA-Z_\u00a1-\U0010ffff"
_DOTTED = rf"(\.[-/0-9{_LETTERS}]+)*"
METRIC_PATTERN = rf"^[:{_LETTERS}][:0-9{_LETTERS}]*{_DOTTED}$"
LABEL_PATTERN = rf"^[{_LETTERS}][0-9{_LETTERS}]*{_DOTTED}$"
MetricName = Annotated[str, Field(pattern=METRIC_PATTERN), AfterValidator(_no_keyword)]
LabelName = Annotated[str, Field(pattern=LABEL_PATTERN), AfterValidator(_not_taken)]

# --- Docker ----------------------------------------------------------------------------------------------------------

_PART = r"[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?"
PORT_PATTERN = r"(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
# Docker takes what has no dot and no port for a part of the repository's name, or else looks for a host of that name.
_DOMAIN = rf"(?:(?:{_PART}(?:\.{_PART})+|\[[0-9a-fA-F:]+\])(?::{PORT_PATTERN})?|{_PART}:{PORT_PATTERN}|localhost)"
_REPOSITORY = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*"
_IMAGE = re.compile(rf"(?:{_DOMAIN}/)?{_REPOSITORY}(?::[\w][\w.-]{{0,127}})?(?:@sha256:[0-9a-f]{{64}})?", re.ASCII)
_LONGEST_IMAGE = 255
_NETWORK = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}")
OWN_NETWORKS = frozenset({"bridge", "host", "none"})
"""Docker's own networks: a container of Compose cannot join them, and nothing has a name there."""


def _fully(pattern: re.Pattern[str], allowed: str, longest: int = 0) -> Callable[[str], str]:
    def check(text: str) -> str:
        if not pattern.fullmatch(text) or (longest and len(text) > longest):
            raise mistake(shown(text), allowed)
        return text

    return check


def _made(network: str) -> str:
    if network in OWN_NETWORKS:
        action = f"Nothing has a name in {network}: make one with `docker network create`, and join it on both sides."
        raise mistake(f"{shown(network)}, a network of Docker's own", "one that somebody made", action)
    return network


ImageReference = Annotated[
    str,
    AfterValidator(
        _fully(_IMAGE, "an image such as registry.example.com/prom/prometheus:v3.5.0, in lower case", _LONGEST_IMAGE)
    ),
]
NetworkName = Annotated[
    str,
    AfterValidator(_fully(_NETWORK, "the name of a Docker network: letters, digits, dots, dashes and underscores")),
    AfterValidator(_made),
]
DockerLabel = Annotated[
    str, AfterValidator(_fully(re.compile(r"[^\s=]+"), "the name of a label, without blanks and equals signs"))
]

# --- Kubernetes ------------------------------------------------------------------------------------------------------

_LABEL = r"[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_DNS_LABEL = r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?"
_SUBDOMAIN = rf"{_DNS_LABEL}(?:\.{_DNS_LABEL})*"
_OBJECT = 253

KubernetesLabel = Annotated[
    str,
    AfterValidator(
        _fully(
            re.compile(rf"(?:{_SUBDOMAIN}/)?{_LABEL}"), "the key of a Kubernetes label, such as app.kubernetes.io/name"
        )
    ),
]
KubernetesLabelValue = Annotated[
    str,
    AfterValidator(
        _fully(
            re.compile(rf"(?:{_LABEL})?"),
            "the value of a Kubernetes label: 63 letters, digits, dashes, dots and underscores at most",
        )
    ),
]
NamespaceName = Annotated[
    str,
    AfterValidator(
        _fully(re.compile(_DNS_LABEL), "a name of lower-case letters, digits and dashes, 63 characters at most")
    ),
]
ObjectName = Annotated[
    str,
    AfterValidator(
        _fully(
            re.compile(_SUBDOMAIN), "the name of a Kubernetes object: lower-case letters, digits, dashes, dots", _OBJECT
        )
    ),
]

# --- Addresses -------------------------------------------------------------------------------------------------------

_HOST = re.compile(
    r"[A-Za-z0-9_](?:[-A-Za-z0-9_]{0,61}[A-Za-z0-9_])?(?:\.[A-Za-z0-9_](?:[-A-Za-z0-9_]{0,61}[A-Za-z0-9_])?)*\.?"
)
_LONGEST_HOST = 253
# It ends in a number, and is no name: an IPv4 address, or a slip in one.
_NUMBERS = re.compile(r"[0-9]+(\.[0-9]+)+\.?")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


def is_host(text: str) -> bool:
    """Whether it can be a host's name or its IPv4 address."""
    if _NUMBERS.fullmatch(text):
        return is_ipv4(text)
    return len(text) <= _LONGEST_HOST and _HOST.fullmatch(text) is not None


def is_ipv4(text: str) -> bool:
    """Whether it is an IPv4 address."""
    try:
        IPv4Address(text)
    except ValueError:
        return False
    return True


def a_host(text: str) -> str:
    """Checks what the pattern of a host cannot say."""
    if not is_host(text):
        raise mistake(shown(text), "a host name or an address, without a port")
    return text


def is_ipv6(text: str) -> bool:
    """Whether it is an IPv6 address, without brackets and without a zone."""
    try:
        IPv6Address(text)
    except ValueError:
        return False
    return "%" not in text


def split_address(address: str) -> tuple[str, int]:
    """Host and port of an `Address`; an IPv6 address without its brackets."""
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)


def host_of(target: str) -> str:
    """Host of an `Address`, or of what has no port; an IPv6 address without its brackets."""
    if is_ipv6(target):
        return target
    host, _, port = target.rpartition(":")
    return (host or port).strip("[]")


def host_of_address(address: str) -> str:
    """Checks what the pattern of an address cannot say."""
    host, _ = split_address(address)
    if not (is_ipv6(host) if address.startswith("[") else is_host(host)):
        raise mistake(shown(address), "host:port with the name of a host, or an address such as 10.0.0.5 or [::1]")
    return address


def path_to_ask(text: str) -> str:
    """Checks what the pattern of a URL's path cannot say."""
    if "#" in text:
        raise mistake(shown(text), "a path without #", "Nothing behind it would be sent.")
    return _escaped(text)


def _escaped(text: str) -> str:
    if broken := _BAD_ESCAPE.search(text):
        found = f"{shown(text)}, with {text[broken.start() : broken.start() + 3]!r}"
        raise mistake(found, "% with two hexadecimal digits", "Write a percent sign as %25.")
    return text


def url_with_host(text: str) -> str:
    """Checks what the pattern of a URL cannot say."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    if not (is_host(host) or is_ipv6(host)) or port == 0 or parts.netloc.endswith(":"):
        raise mistake(shown(text), "a URL with a host, such as https://example.com/path")
    if "@" in parts.netloc:
        raise mistake(f"a URL with a login for {host}", "one without", "Everybody could read it here.")
    if "{{" in text:
        raise mistake(shown(text), "a URL without {{, which begins a template", "Write braces as %7B and %7D.")
    return _escaped(text)


def asked_for(url: str) -> str:
    """Refuse what a program would not send."""
    if "#" in url:
        raise mistake(shown(url), "a URL without #", "Nothing behind it would be sent.")
    return url


def begins_others(url: str) -> str:
    """Refuse what nothing can be put behind."""
    if "?" in url or "#" in url:
        raise mistake(shown(url), "a URL without ? and #", "Paths of pages and requests are put behind it.")
    return url


def proxy_alone(url: str) -> str:
    """Refuse what is behind the address of a proxy."""
    parts = urlsplit(url)
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        action = "Nothing behind the port is used."
        raise mistake(shown(url), "the address of a proxy, such as http://proxy:3128", action)
    return url
