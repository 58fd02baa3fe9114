"""The value types that settings are made of, each with the sentence a mistake in it gets."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from settings.errors import shown
from settings.section import mistake
from settings.syntax import (
    LABEL_PATTERN,
    METRIC_PATTERN,
    PORT_PATTERN,
    a_host,
    asked_for,
    begins_others,
    host_of_address,
    is_ipv6,
    path_to_ask,
    proxy_alone,
    url_with_host,
)

NAME_PATTERN = r"^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$"
TARGET_PATTERN = rf"^([A-Za-z0-9_]([-A-Za-z0-9_.]*[A-Za-z0-9_.])?|\[[0-9A-Fa-f:.]+\]):{PORT_PATTERN}$"
# Of a ping, which has no port.
PROBE_TARGET_PATTERN = rf"{TARGET_PATTERN}|^([A-Za-z0-9_]([-A-Za-z0-9_.]*[A-Za-z0-9_.])?|[0-9A-Fa-f:.]+)$"
# As Prometheus reads durations: whole numbers, each with another unit, the larger first.
_UNITS: Mapping[str, int] = MappingProxyType({"y": 31_536_000, "w": 604_800, "d": 86_400, "h": 3600, "m": 60, "s": 1})
_SPAN = "".join(f"([1-9][0-9]{{0,9}}{unit})?" for unit in _UNITS)
DURATION_PATTERN = f"^{_SPAN}$"
DURATION0_PATTERN = f"^(0[smhd]|{_SPAN})$"
HOST_PATTERN = r"^[A-Za-z0-9_]([-A-Za-z0-9_.]*[A-Za-z0-9])?\.?$"
HOST_PATH_PATTERN = r"^/[^:\n]*$"
DIRECTORY_PATTERN = r"^[^:\n]+$"
SECRET_PATTERN = r"^[a-z][A-Za-z0-9]{1,62}$"
PATH_PATTERN = r"^/\S*$"
URL_PATTERN = r"^https?://[^\s/]+(/\S*)?$"
PROXY_PATTERN = r"^(https?|socks5)://[^\s/]+(/\S*)?$"
SIZE_PATTERN = r"^[1-9][0-9]{0,9}(Mi|Gi|Ti)$"
DAG_ID_PATTERN = r"^[A-Za-z0-9_.-]{1,250}$"
TARGETS_FILE_PATTERN = r"^[^/\[\]\\\n]*\.(json|yml|yaml)$"
NO_BLANK_PATTERN = r"^\S+$"
CLOCK_PATTERN = r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"
LOCAL_TIME_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}$"
HOLIDAY_PATTERN = r"^([0-9]{4}-)?[0-9]{2}-[0-9]{2}$"
# As Go reads addresses, without quotes, comments and names around them.
_MAIL_LETTERS = "-A-Za-z0-9\u00a1-\U0010ffff"
MAIL_PATTERN = rf"^[{_MAIL_LETTERS}!#$%&'*+/=?^_`{{|}}~.]+@[{_MAIL_LETTERS}]+(\.[{_MAIL_LETTERS}]+)*$"
CLAIM_PATTERN = r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$"

# What a value must look like, by its pattern: pydantic reports the pattern, people read the sentence.
PATTERN_SENTENCES = {
    NAME_PATTERN: "a name of lower-case letters, digits and dashes, starting with a letter, 40 characters at most",
    TARGET_PATTERN: "host:port with a port from 1 to 65535, for example memory-api:8000",
    PROBE_TARGET_PATTERN: "host:port with a port from 1 to 65535, or of protocol icmp a host alone",
    DURATION_PATTERN: "a duration such as 30s, 5m, 1h30m, 15d, 2w or 1y",
    DURATION0_PATTERN: "a duration such as 0m, 30s, 5m or 1h",
    HOST_PATTERN: "a host name or an address, without a port",
    HOST_PATH_PATTERN: "an absolute path without a colon",
    DIRECTORY_PATTERN: "a path without a colon that is not empty",
    SECRET_PATTERN: "the name of a secret in camelCase, for example memoryDbPassword",
    PATH_PATTERN: "a path that starts with /, without blanks",
    URL_PATTERN: "a URL that starts with http:// or https://, without blanks",
    PROXY_PATTERN: "a URL that starts with http://, https:// or socks5://",
    SIZE_PATTERN: "a size such as 512Mi, 10Gi or 1Ti",
    DAG_ID_PATTERN: "a dag_id of letters, digits, dashes, dots and underscores, 250 characters at most",
    METRIC_PATTERN: "a Prometheus metric name: letters, digits, underscores, colons and dots",
    LABEL_PATTERN: "a Prometheus label name: letters, digits, underscores and dots",
    TARGETS_FILE_PATTERN: "names of files that end in .json, .yml or .yaml, without folders; * stands for any letters",
    NO_BLANK_PATTERN: "text without blanks",
    CLOCK_PATTERN: 'a time of day in quotes, from "00:00" to "24:00"',
    LOCAL_TIME_PATTERN: "a date and a time such as 2026-12-01T22:00",
    HOLIDAY_PATTERN: "a date such as 2026-12-24, or 12-24 for every year",
    MAIL_PATTERN: "an e-mail address alone, such as ops@example.com",
    CLAIM_PATTERN: "the name of a claim such as groups, or realm_access.roles for one in another",
}

Count = Annotated[int, Field(ge=1, le=1_000_000_000)]
"""How many of something there may be; Prometheus and Kafka count no further than twice as many."""
_MEBIBYTES = {"Mi": 1, "Gi": 1024, "Ti": 1024 * 1024}
_PART = re.compile(r"([0-9]+)([a-z])")
LONGEST = "100y"
"""Programs in Go count nanoseconds in 64 bits, which is 292 years."""
LARGEST = "1024Ti"
"""More than a volume has; a program in Go counts 64 bits of bytes, which is 8,192 times as many."""


def seconds(duration: str) -> int:
    """A `Duration` in seconds; a year is 365 days, as Prometheus counts it."""
    return sum(int(number) * _UNITS[unit] for number, unit in _PART.findall(duration))


def mebibytes(size: str) -> int:
    """A `Size` in MiB."""
    return int(size[:-2]) * _MEBIBYTES[size[-2:]]


def figure(value: float) -> str:
    """A number as rules and messages say it: the shortest text that reads back as the same number."""
    return repr(float(value)).removesuffix(".0")


def _of_a_lifetime(duration: str) -> str:
    if not duration:
        raise mistake(shown(duration), PATTERN_SENTENCES[DURATION_PATTERN])
    if seconds(duration) > seconds(LONGEST):
        raise mistake(shown(duration), f"a duration up to {LONGEST}")
    return duration


def _of_a_disk(size: str) -> str:
    if mebibytes(size) > mebibytes(LARGEST):
        raise mistake(shown(size), f"a size up to {LARGEST}")
    return size


def _advice_on_address(found: str) -> str:
    """What to leave out of an address, or to add to it."""
    scheme, separator, rest = found.rpartition("://")
    # What looks like a path before the last @ may be a part of a password, which is not repeated.
    host, slash, path = rest.rpartition("@")[2].partition("/")
    extra = [repr(part) for part in (f"{scheme}{separator}", f"{slash}{path}") if part]
    if extra:
        aside = " A path has a key of its own." if path else ""
        if "?" in path:
            aside = f" The path and what it is asked with have a key of their own: path: {slash + path!r}."
        return f"Leave out {' and '.join(extra)}.{aside}"
    if is_ipv6(host):
        return f"An IPv6 address is in brackets, with a port behind it: [{host}]:8000."
    return "Add its port." if host and ":" not in rest else ""


ADVICE: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {TARGET_PATTERN: _advice_on_address, PROBE_TARGET_PATTERN: _advice_on_address}
)
"""What to do about a text that does not look as its pattern asks, by the pattern."""

SECRET_ADVICE = "Set the secret with make secrets ARGS=<name>, and write its name here."
"""What to do where something else stands in place of a secret's name."""

Name = Annotated[str, Field(pattern=NAME_PATTERN)]
Address = Annotated[str, Field(pattern=TARGET_PATTERN), AfterValidator(host_of_address)]
ProbeTarget = Annotated[str, Field(pattern=PROBE_TARGET_PATTERN)]
Duration = Annotated[str, Field(pattern=DURATION_PATTERN), AfterValidator(_of_a_lifetime)]
Duration0 = Annotated[str, Field(pattern=DURATION0_PATTERN), AfterValidator(_of_a_lifetime)]
Host = Annotated[str, Field(pattern=HOST_PATTERN), AfterValidator(a_host)]
HostPath = Annotated[str, Field(pattern=HOST_PATH_PATTERN)]
Directory = Annotated[str, Field(pattern=DIRECTORY_PATTERN)]
SecretName = Annotated[str, Field(pattern=SECRET_PATTERN)]
UrlPath = Annotated[str, Field(pattern=PATH_PATTERN), AfterValidator(path_to_ask)]
Url = Annotated[str, Field(pattern=URL_PATTERN), AfterValidator(url_with_host)]
"""Of a page, for people."""
AskedUrl = Annotated[Url, AfterValidator(asked_for)]
"""That a program asks."""
BaseUrl = Annotated[Url, AfterValidator(begins_others)]
"""That others begin with."""
ProxyUrl = Annotated[str, Field(pattern=PROXY_PATTERN), AfterValidator(url_with_host), AfterValidator(proxy_alone)]
Size = Annotated[str, Field(pattern=SIZE_PATTERN), AfterValidator(_of_a_disk)]
DagId = Annotated[str, Field(pattern=DAG_ID_PATTERN)]
TargetsFile = Annotated[str, Field(pattern=TARGETS_FILE_PATTERN)]
AnyText = Annotated[str, Field(min_length=1)]
NoBlank = Annotated[str, Field(pattern=NO_BLANK_PATTERN)]
ClockTime = Annotated[str, Field(pattern=CLOCK_PATTERN)]
LocalTime = Annotated[str, Field(pattern=LOCAL_TIME_PATTERN)]
Holiday = Annotated[str, Field(pattern=HOLIDAY_PATTERN)]
MailAddress = Annotated[str, Field(pattern=MAIL_PATTERN)]
GroupsClaim = Annotated[str, Field(pattern=CLAIM_PATTERN)]
PortNumber = Annotated[int, Field(ge=1, le=65535)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
ImageSource = Literal["registry", "built"]
