"""Levels of log lines: the six of OpenTelemetry, and what programs write for each."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from components.logs.formats import COLOURS, LEVEL_FORMATS, NO_LEVEL, SYSLOG_PRIORITY, TELLING, TELLING_BEHIND

# Where programs that log JSON write the level. The first that is there with a word that means a level counts, else the
# first with such a number: `level` may be anything's. Nested keys are joined by dots.
LEVEL_FIELDS = (
    # PostgreSQL's, in the JSON of its operator for Kubernetes
    "record.error_severity",
    *("level", "severity", "levelname", "log.level", "lvl", "@l", "@level", "Level", "LEVEL", "level.name"),
    *("level.0", "level_name", "levelName", "Severity", "SEVERITY", "SeverityText", "severityText", "severity_text"),
    *("severityLevel", "error_severity", "LogLevel", "logLevel", "loglevel", "log_level", "log.severity"),
    *("record.level.name", "fields.level", "@fields.level", "@fields.levelname", "meta.level", "syslog.severity"),
    *("log.syslog.severity.name", "log.syslog.severity.code", "PRIORITY"),
)
# Numbers in these are seldom levels.
_WORD_FIELDS = ("L", "s", "priority")
# OpenTelemetry's own numbers, 1 to 24, four for each level.
_OTEL_FIELDS = ("SeverityNumber", "severityNumber", "severity_number")
# Numbers of Python's `logging`, whoever writes them.
_PYTHON_FIELD = "levelno"
# Written around a level and no part of it; Go's slog writes the distance to the next level behind it (ERROR+2).
_BEFORE = rf"""(?:{COLOURS}|[\s\[(<"'])"""
_BEHIND = rf"""(?:{COLOURS}|[\s\])>:"'!]|[+-]\d+)"""
_AROUND = rf"^{_BEFORE}+|{_BEHIND}+$"


@dataclass(frozen=True)
class Level:
    """A level, and what means it.

    Attributes:
        name: as the records have it in `severity_text`; `severity_number` is the first of OpenTelemetry's four.
        words: in any case.
        numbers: of syslog (0 to 7), of pino and bunyan (10 to 60, and between and above) and of Monolog (100 to 600).
        python: numbers of Python's `logging` that mean another level elsewhere.
    """

    name: str
    words: tuple[str, ...]
    numbers: str = ""
    python: str = ""

    @property
    def written(self) -> str:
        """Regular expression (RE2) of every word and number."""
        return rf"(?i)^({'|'.join(filter(None, (*self.words, self.numbers)))})$"


# The numbers are those of RFC 5424, of pino's and bunyan's documentation, of Monolog's and of Python's.
LEVELS = (
    Level(
        "TRACE",
        (r"trace\d?", "trac", "trce", "trc", "verbose", "verb", "vrb", "finest", "finer", "silly", "t"),
        r"1\d",
        "[5-9]",
    ),
    Level("DEBUG", (r"debug\d?", "debu", "dbug", "dbg", "fine", "config", r"d\d?"), r"7|2\d|100", r"1\d"),
    Level(
        "INFO",
        (
            *(
                "information",
                "informational",
                r"info\d?",
                "inf",
                "i",
                "notice",
                "noti",
                "ntc",
                "note",
                "log",
                "success",
            ),
            *("system", "http", "audit"),
            *("hinweis", "infos", "сообщение", "информация", "замечание", "日志", "信息", "情報"),
        ),
        r"[56]|3\d|200|250",
        r"2\d",
    ),
    Level(
        "WARN",
        (
            *("warning", r"warn\d?", "wrn", "w"),
            *("warnung", "attention", "avertissement", "advertencia", "attenzione", "avvertenza", "aviso"),
            *("предупреждение", "警告"),
        ),
        r"4|4\d|300",
        r"3\d",
    ),
    Level(
        "ERROR",
        (
            *(r"error\d?", "erro", "eror", "err", "e", "severe", "fail", "failure"),
            *("fehler", "schwerwiegend", "erreur", "grave", "errore", "ошибка", "错误", "严重", "エラー", "重大"),
        ),
        r"3|5\d|400",
        r"4\d",
    ),
    Level(
        "FATAL",
        (
            *(r"fatal\d?", "fata", "ftl", "f", "critical", "crit", "crt", "c", "alert", "aler", "alr", "a"),
            *("emergency", "emerg", "emer", "emg", "panic", "pani", "pnc", "dpanic"),
            *("panik", "panique", "pánico", "panico", "pânico", "паника", "fatale", "важно", "致命错误"),
        ),
        r"[012]|[6-9]\d|500|550|600",
        r"5\d",
    ),
)
_WORDS = "|".join(word for level in LEVELS for word in level.words)
_FIGURES = "|".join(filter(None, (figures for level in LEVELS for figures in (level.numbers, level.python))))


def level_statements(python_services: Collection[str]) -> Iterator[str]:
    """OTTL of a log record: its level, from its fields or else from its text.

    The record's text without colours is in `cache["text"]`; `cache["fields"]` is there when it is JSON, and the fields
    are its attributes then.

    Args:
        python_services: services whose numbers are those of Python's `logging`.
    """
    fields = (
        *((field, _WORDS) for field in LEVEL_FIELDS),
        *((field, _FIGURES) for field in LEVEL_FIELDS),
        *((field, _WORDS) for field in _WORD_FIELDS),
    )
    for field, known in fields:
        value = f"attributes[{_quoted(field)}]"
        is_known = f"IsMatch({value}, {_quoted(f'(?i)^{_BEFORE}*({known}){_BEHIND}*$')})"
        yield f'set(cache["level"], String({value})) where cache["level"] == nil and {value} != nil and {is_known}'
    yield f'set(cache["python"], true) where {_is_python(python_services)}'
    yield f'set(cache["level"], String(attributes["{_PYTHON_FIELD}"])) where attributes["{_PYTHON_FIELD}"] != nil'
    yield f"set({_HEAD}, {_TEXT})"
    yield f"set({_HEAD}, Substring({_TEXT}, 0, {_HEAD_BYTES})) where Len({_TEXT}) > {_HEAD_BYTES}"
    yield f'set(cache["plain"], true) where cache["fields"] == nil and not IsMatch({_HEAD}, {_quoted(NO_LEVEL)})'
    is_plain = 'cache["plain"] == true and cache["level"] == nil'
    yield f'set(cache["pri"], Int(ExtractPatterns({_HEAD}, {_quoted(SYSLOG_PRIORITY)})["priority"])) where {is_plain}'
    # A facility times eight, and the severity.
    yield 'set(cache["level"], String(cache["pri"] - (cache["pri"] / 8) * 8)) where cache["pri"] != nil'
    for pattern in LEVEL_FORMATS:
        yield f'set(cache["level"], ExtractPatterns({_HEAD}, {_quoted(pattern)})["level"]) where {is_plain}'
    yield f'replace_pattern(cache["level"], {_quoted(_AROUND)}, "")'
    for level in LEVELS:
        if level.python:
            matches = f'IsMatch(cache["level"], {_quoted(f"^({level.python})$")})'
            yield _set(level.name, f'cache["python"] == true and {matches}')
    for level in LEVELS:
        yield _set(level.name, f'{_UNSET} and IsMatch(cache["level"], {_quoted(level.written)})')
    # In JSON there is one of Serilog's without a level, which means its usual one, or OpenTelemetry's number.
    yield _set(
        "INFO", f'{_UNSET} and attributes["@t"] != nil and (attributes["@m"] != nil or attributes["@mt"] != nil)'
    )
    for field in _OTEL_FIELDS:
        number = f"Int(attributes[{_quoted(field)}])"
        yield f"set(severity_number, ({number} - 1) / 4 * 4 + 1) where {_UNSET} and {number} >= 1 and {number} <= 24"
    yield 'set(cache["may_tell"], true) where cache["plain"] == true or cache["fields"] != nil'
    yield f'set(cache["joined"], true) where cache["may_tell"] == true and IsMatch(cache["told"], {_quoted(chr(10))})'
    for where, telling in (("may_tell", TELLING), ("joined", TELLING_BEHIND)):
        for name, pattern in telling:
            is_told = f'cache["{where}"] == true and IsMatch(cache["told"], {_quoted(pattern)})'
            yield _set(name, f"severity_number < {_NUMBERS['WARN']} and {is_told}")
    for level in LEVELS:
        yield f'set(severity_text, "{level.name}") where severity_number == {_NUMBERS[level.name]}'


_TEXT = 'cache["text"]'
_HEAD = 'cache["head"]'
# A level stands well before.
_HEAD_BYTES = 500
_NUMBERS = {level.name: f"SEVERITY_NUMBER_{level.name}" for level in LEVELS}
_UNSET = "severity_number == SEVERITY_NUMBER_UNSPECIFIED"


def _set(name: str, condition: str) -> str:
    return f"set(severity_number, {_NUMBERS[name]}) where {condition}"


def _is_python(services: Collection[str]) -> str:
    names = "|".join(name.replace(".", r"\.") for name in sorted(services))
    own = f'attributes["{_PYTHON_FIELD}"] != nil'
    if not names:
        return own
    named = [
        f'IsMatch(resource.attributes["{attribute}"], {_quoted(f"^({names})$")})'
        for attribute in ("service.name", "compose.service")
    ]
    return " or ".join((own, *named))


def _quoted(text: str) -> str:
    """A string of OTTL's."""
    return json.dumps(text)
