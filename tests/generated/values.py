"""Values that a JSON Schema allows; texts are of the sort that their pattern asks for, the unusual ones among them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from typing import Any

from hypothesis import strategies as st

from settings.syntax import LABEL_PATTERN, METRIC_PATTERN
from settings.types import (
    CLOCK_PATTERN,
    DIRECTORY_PATTERN,
    DURATION0_PATTERN,
    DURATION_PATTERN,
    HOST_PATH_PATTERN,
    HOST_PATTERN,
    MAIL_PATTERN,
    NAME_PATTERN,
    PATH_PATTERN,
    PROBE_TARGET_PATTERN,
    SECRET_PATTERN,
    SIZE_PATTERN,
    TARGET_PATTERN,
    TARGETS_FILE_PATTERN,
    URL_PATTERN,
)

Schema = Mapping[str, Any]
# What programs trip over where nobody quotes it.
AWKWARD = (
    *("plain", "two words", 'it\'s "quoted"', "back\\slash", "CORP\\orders", "a$b ${HOME} $$", "{{ .Labels }}"),
    *("#tag: [x]", "naïve Straße", "日本語", "🚀 rocket", "a|b.*(c)", "%20 & ?", "-", "null", "1e3", "\u2028", "*"),
    *("line\nbreak", "tab\there", "'", '"', "\\", "$1", "`tick`", "${env:HOME}", "%s", "<b>", "yes", "08"),
)
_SPANS = ("1s", "15s", "1m", "1m30s", "5m", "2h", "36h", "1d", "15d12h", "2w", "1y", "100y")
_TEXTS: Mapping[str, tuple[str, ...]] = {
    TARGET_PATTERN: (
        "api:8000",
        "10.0.0.9:65535",
        "[::1]:8000",
        "[2001:db8::7]:1",
        "a_b.example.com:80",
        "localhost:9",
    ),
    PROBE_TARGET_PATTERN: ("api:8000", "[2001:db8::7]:1", "10.0.0.9", "::1", "a_b.example.com"),
    DURATION_PATTERN: _SPANS,
    DURATION0_PATTERN: ("0m", *_SPANS),
    SIZE_PATTERN: ("1Mi", "512Mi", "1Gi", "20Gi", "1Ti", "1024Ti"),
    URL_PATTERN: (
        *("https://example.com", "http://10.0.0.1:3000/a/b?c=%20d&e=$f", "https://[::1]:3000/", "http://x/`'\"/🚀"),
        *("https://example.com/{alert}.html", "http://a_b/$HOME"),
    ),
    PATH_PATTERN: ("/metrics", "/", "/a/b?c=d&c=%20&e", "/$HOME/`'\"", "/日本", "/x?y={{z}}"),
    SECRET_PATTERN: ("aPassword", "slackUrl", "otherToken"),
    NAME_PATTERN: ("shop", "a", "web-2"),
    HOST_PATTERN: ("example.com", "_http._tcp.example.com", "10.0.0.1"),
    HOST_PATH_PATTERN: ("/srv/targets", "/srv/$HOME/two words", "/srv/'🚀\"\\"),
    DIRECTORY_PATTERN: ("~/state", "/var/lib/$x"),
    TARGETS_FILE_PATTERN: ("*.json", "a*b.yml", "targets.yaml", "$x '.json"),
    METRIC_PATTERN: ("http_requests_total", "a", "job:up:rate5m", "_x", "group", "http.server.duration", "größe_°C"),
    LABEL_PATTERN: ("status", "code", "group", "by", "start", "a", "on", "http.request.header.content-type", "größe"),
    CLOCK_PATTERN: ("00:00", "09:30", "18:00"),
    MAIL_PATTERN: ("a@example.com", "o'neil+x@example.com"),
}

_WORDS = ("monitor", "a.b-c_d", "X9")
# Of keys whose schema does not say all that they ask for.
_OF_KEYS: Mapping[str, tuple[Any, ...]] = {
    **dict.fromkeys(("scrape_interval", "evaluation_interval"), ("1s", "5s", "15s", "1m")),
    **dict.fromkeys(("logs", "warning_logs", "alert_history", "traces"), ("1d", "15d12h", "2w", "1y", "100y")),
    **dict.fromkeys(("username", "auth_database"), _WORDS),
    **dict.fromkeys(("databases", "queues", "networks"), ([_WORDS[0]], [*_WORDS])),
    **dict.fromkeys(("storage", "memory"), ("1Gi", "20Gi", "1Ti", "1024Ti")),
    **dict.fromkeys(
        ("headers", "secret_headers"), ({"X-Scope-OrgID": "aPassword"}, {"x_y": "slackUrl", "Z": "otherToken"})
    ),
    "scrape_timeout": ("1s", "5s"),
    "proxy": ("http://proxy:3128", "https://[::1]:3128", "socks5://proxy:1080"),
    "params": ({"a b&=": "c d&=", "match[]": ['{a="b"}', "x{y}"]}, {"$x": "{{z}}"}),
    "containers": (["monitor"], ["a.b-c_d", "X9-*"], ["*"]),
    **{"request": ("4Mi", "32Mi"), "ahead": ("1s", "5m", "9m"), "behind": ("1s", "50m", "54m59s")},
    "metrics": ("31d", "40d12h", "1y"),
    "overrides": ({"grafana": "registry.example.com:5000/a/b__c:v1.2-x"}, {"prometheus": f"a@sha256:{'0' * 64}"}),
    "availability": (0.9999999, 0.95, "99.9 %", "99.99999%"),
    "objective": (0.9999999, 0.95, "99.9 %"),
    **dict.fromkeys(
        ("fail_if_body_matches", "fail_if_body_not_matches"),
        ("degraded\\z", '(?i)down|"no"', "\\Q$x", "🚀+", "(?P<a>x){1000}"),
    ),
    "expected_status": (204, "2xx", [200, "3xx"]),
    "timeout": ("1s", "4s"),
}


def values(schema: Schema, definitions: Mapping[str, Schema], depth: int = 0) -> st.SearchStrategy[Any]:
    """Values that a schema allows, as far as a schema says it."""
    if "$ref" in schema:
        return values(definitions[schema["$ref"].rpartition("/")[2]], definitions, depth)
    if "anyOf" in schema:
        options = [option for option in schema["anyOf"] if option.get("type") != "null"]
        return st.one_of([values(option, definitions, depth) for option in options])
    if "enum" in schema or "const" in schema:
        return st.sampled_from(schema.get("enum", [schema.get("const")]))
    kind = schema.get("type")
    if kind == "object":
        return _mapping(schema, definitions, depth)
    if kind == "array":
        inner = values(schema.get("items", {}), definitions, depth + 1)
        return st.lists(inner, min_size=schema.get("minItems", 0), max_size=2, unique_by=repr)
    if kind == "boolean":
        return st.booleans()
    if kind == "integer":
        least = schema.get("minimum", 0)
        return st.integers(least, schema.get("maximum", least + 1000))
    return _number(schema) if kind == "number" else _text(schema)


def some_of(
    schema: Schema, definitions: Mapping[str, Schema], depth: int = 0, *, but: Set[str] = frozenset(), most: int = 3
) -> st.SearchStrategy[dict[str, Any]]:
    """Mappings with every key that a schema requires and a few others.

    Args:
        but: keys that are left out, required or not.
        most: how many of the others.
    """
    properties = {key: inner for key, inner in schema.get("properties", {}).items() if key not in but}
    required = [key for key in schema.get("required", ()) if key not in but]
    optional = sorted(properties.keys() - set(required))

    @st.composite
    def some(draw: st.DrawFn) -> dict[str, Any]:
        chosen = draw(st.lists(st.sampled_from(optional), max_size=most, unique=True)) if optional and most else []
        return {key: draw(value_of(key, properties[key], definitions, depth + 1)) for key in (*required, *chosen)}

    return some()


def value_of(key: str, schema: Schema, definitions: Mapping[str, Schema], depth: int) -> st.SearchStrategy[Any]:
    """Values of a key: those that are known to be right for it, or what its schema allows."""
    known = None if "$ref" in schema or "properties" in schema else _OF_KEYS.get(key)
    return st.sampled_from(known) if known else values(schema, definitions, depth)


def _mapping(schema: Schema, definitions: Mapping[str, Schema], depth: int) -> st.SearchStrategy[Any]:
    if schema.get("title") in ("Receiver", "Discovery"):
        # Exactly one of them.
        return st.sampled_from(sorted(schema["properties"].keys() - {"replicas"})).flatmap(
            lambda key: st.fixed_dictionaries({key: values(schema["properties"][key], definitions, depth + 1)})
        )
    if "properties" in schema:
        return some_of(schema, definitions, depth, most=3 if depth < 2 else 1)
    by_pattern: Mapping[str, Schema] = schema.get("patternProperties", {})
    pattern = next(iter(by_pattern), None)
    keys = _text({"pattern": pattern} if pattern else {})
    inner = by_pattern[pattern] if pattern else schema.get("additionalProperties") or {}
    named = values(inner if isinstance(inner, Mapping) else {}, definitions, depth + 1)
    return st.dictionaries(keys, named, min_size=schema.get("minProperties", 0), max_size=2)


def _number(schema: Schema) -> st.SearchStrategy[float]:
    return st.floats(
        schema.get("minimum", schema.get("exclusiveMinimum", 0)),
        schema.get("maximum", schema.get("exclusiveMaximum", 1e6)),
        exclude_min="exclusiveMinimum" in schema,
        exclude_max="exclusiveMaximum" in schema,
        allow_subnormal=False,
    )


def _text(schema: Schema) -> st.SearchStrategy[str]:
    pattern = schema.get("pattern")
    if pattern is None:
        return st.sampled_from(AWKWARD)
    known = _TEXTS.get(pattern)
    return st.sampled_from(known) if known else st.from_regex(re.compile(pattern), fullmatch=True)
