"""The value types that settings are made of, each with the sentence a mistake in it gets."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

NAME_PATTERN = r"^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$"
_PORT_PATTERN = r"([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
TARGET_PATTERN = rf"^[A-Za-z0-9_]([-A-Za-z0-9_.]*[A-Za-z0-9])?:{_PORT_PATTERN}$"
DURATION_PATTERN = r"^[1-9][0-9]*(s|m|h|d|w|y)$"
DURATION0_PATTERN = r"^(0|[1-9][0-9]*)(s|m|h|d)$"
HOST_PATTERN = r"^[A-Za-z0-9_]([-A-Za-z0-9_.]*[A-Za-z0-9])?$"
HOST_PATH_PATTERN = r"^/[^:]*$"
SECRET_PATTERN = r"^[a-z][A-Za-z0-9]{1,62}$"
PATH_PATTERN = r"^/\S*$"
URL_PATTERN = r"^https?://[^\s/]+(/\S*)?$"
SIZE_PATTERN = r"^[1-9][0-9]*(Mi|Gi|Ti)$"
DAG_ID_PATTERN = r"^[A-Za-z0-9_.-]{1,250}$"
IDENTIFIER_PATTERN = r"^[a-zA-Z_:][a-zA-Z0-9_:]*$"
CLOCK_PATTERN = r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"
LOCAL_TIME_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}$"
HOLIDAY_PATTERN = r"^([0-9]{4}-)?[0-9]{2}-[0-9]{2}$"
MAIL_PATTERN = r"^[^\s@]+@[^\s@,]+$"
CLAIM_PATTERN = r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$"

# What a value must look like, by its pattern: pydantic reports the pattern, people read the sentence.
PATTERN_SENTENCES = {
    NAME_PATTERN: "a name of lower-case letters, digits and dashes, starting with a letter, 40 characters at most",
    TARGET_PATTERN: "host:port with a port from 1 to 65535, for example memory-api:8000",
    DURATION_PATTERN: "a duration such as 30s, 5m, 12h, 15d, 2w or 1y",
    DURATION0_PATTERN: "a duration such as 0m, 30s, 5m or 1h",
    HOST_PATTERN: "a host name or an address, without a port",
    HOST_PATH_PATTERN: "an absolute path without a colon",
    SECRET_PATTERN: "the name of a secret in camelCase, for example memoryDbPassword",
    PATH_PATTERN: "a path that starts with /",
    URL_PATTERN: "a URL that starts with http:// or https://",
    SIZE_PATTERN: "a size such as 512Mi, 10Gi or 1Ti",
    DAG_ID_PATTERN: "a dag_id of letters, digits, dashes, dots and underscores, 250 characters at most",
    IDENTIFIER_PATTERN: "a Prometheus metric or label name",
    CLOCK_PATTERN: 'a time of day in quotes, from "00:00" to "24:00"',
    LOCAL_TIME_PATTERN: "a date and a time such as 2026-12-01T22:00",
    HOLIDAY_PATTERN: "a date such as 2026-12-24, or 12-24 for every year",
    MAIL_PATTERN: "an e-mail address",
    CLAIM_PATTERN: "the name of a claim such as groups, or realm_access.roles for one in another",
}

Name = Annotated[str, Field(pattern=NAME_PATTERN)]
Address = Annotated[str, Field(pattern=TARGET_PATTERN)]
Duration = Annotated[str, Field(pattern=DURATION_PATTERN)]
Duration0 = Annotated[str, Field(pattern=DURATION0_PATTERN)]
Host = Annotated[str, Field(pattern=HOST_PATTERN)]
HostPath = Annotated[str, Field(pattern=HOST_PATH_PATTERN)]
SecretName = Annotated[str, Field(pattern=SECRET_PATTERN)]
UrlPath = Annotated[str, Field(pattern=PATH_PATTERN)]
Url = Annotated[str, Field(pattern=URL_PATTERN)]
Size = Annotated[str, Field(pattern=SIZE_PATTERN)]
DagId = Annotated[str, Field(pattern=DAG_ID_PATTERN)]
Identifier = Annotated[str, Field(pattern=IDENTIFIER_PATTERN)]
ClockTime = Annotated[str, Field(pattern=CLOCK_PATTERN)]
LocalTime = Annotated[str, Field(pattern=LOCAL_TIME_PATTERN)]
Holiday = Annotated[str, Field(pattern=HOLIDAY_PATTERN)]
MailAddress = Annotated[str, Field(pattern=MAIL_PATTERN)]
GroupsClaim = Annotated[str, Field(pattern=CLAIM_PATTERN)]
PortNumber = Annotated[int, Field(ge=1, le=65535)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
ImageSource = Literal["registry", "built"]

_MEBIBYTES = {"Mi": 1, "Gi": 1024, "Ti": 1024 * 1024}
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "y": 31_536_000}


def seconds(duration: str) -> int:
    """A `Duration` in seconds; a year is 365 days, as Prometheus counts it."""
    return int(duration[:-1]) * _SECONDS[duration[-1]]


def figure(value: float) -> str:
    """A number as rules and messages say it: the shortest text that reads back as the same number."""
    return repr(float(value)).removesuffix(".0")


def mebibytes(size: str) -> int:
    """A `Size` in MiB."""
    return int(size[:-2]) * _MEBIBYTES[size[-2:]]
