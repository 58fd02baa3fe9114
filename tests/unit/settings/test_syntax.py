"""Texts that other programs read: taken as those take them."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from settings.syntax import (
    ImageReference,
    KubernetesLabel,
    KubernetesLabelValue,
    LabelName,
    MetricName,
    NamespaceName,
    NetworkName,
    ObjectName,
    split_address,
)
from settings.types import (
    Address,
    AskedUrl,
    BaseUrl,
    Duration,
    Duration0,
    Host,
    MailAddress,
    ProxyUrl,
    Size,
    Url,
    UrlPath,
    mebibytes,
    seconds,
)

GOOD: dict[Any, tuple[str, ...]] = {
    MetricName: (
        *("up", "job:up:rate5m", "_x", "by_the_way", "bytes", "http.server.request.duration", "sum.of", "温度_°C"),
        "http.request.header.content-type",
    ),
    LabelName: ("status", "by", "start", "_x", "group", "http.response.status_code", "größe"),
    ImageReference: (
        *(
            "busybox",
            "prom/prometheus:v3.5.0",
            "localhost:5000/a/b__c",
            "[::1]:5000/a",
            "registry.example.com/A1-b/c"[:20],
        ),
        f"quay.io/x/y:latest@sha256:{'a' * 64}",
    ),
    NetworkName: ("shop_default", "a.b-c", "1"),
    KubernetesLabel: ("app", "app.kubernetes.io/name", "A_b.c"),
    KubernetesLabelValue: ("", "v1.2_x", "A"),
    NamespaceName: ("monitoring", "3scale", "a" * 63),
    ObjectName: ("gp3.encrypted", "standard"),
    Address: ("api:8000", "10.0.0.5:1", "[::1]:8000", "[2001:db8::7]:65535", "a_b.example.com.:80"),
    Url: ("https://example.com", "http://10.0.0.1:3000/a?b=%20", "https://[::1]/x", "http://a_b/$HOME"),
    UrlPath: ("/metrics", "/a?b=c&d=%20", "/日本"),
    AskedUrl: ("https://example.com/ping?x=1",),
    BaseUrl: ("https://example.com", "https://example.com/below/"),
    ProxyUrl: ("http://proxy:3128", "https://proxy:3128/", "socks5://[::1]:1080"),
    Host: ("example.com", "example.com.", "_sip._tcp.example.com", "10.0.0.1", "a"),
    MailAddress: ("ops@example.com", "o'neil+x@example.com", "ä.ö@münchen.example", "root@localhost"),
    Duration: ("1s", "1m30s", "15d12h", "1y", "100y", "36500d"),
    Duration0: ("0m", "0s", "90m"),
    Size: ("1Mi", "20Gi", "1024Ti"),
}
BAD: dict[Any, tuple[str, ...]] = {
    AskedUrl: ("https://example.com/#x", "http://10.0.0.256/"),
    BaseUrl: ("https://example.com/?x=1", "https://example.com?x", "https://example.com/#x"),
    ProxyUrl: ("proxy:3128", "http://proxy:3128/x", "http://proxy:3128?x", "socks4://proxy:1080", "http://u:p@proxy:1"),
    Host: ("a..b", "a-", "-a", "a:1", "10.0.0.300", "a." * 150 + "a", f"{'a' * 64}.b"),
    MailAddress: (
        "ops",
        "@a",
        "a@",
        "a@b@c",
        "a b@c",
        "a@b..c",
        "<a@b",
        '"a@b',
        "a@b,c@d",
        "Ops <a@b>",
        "a@b.",
        "a@b\n",
    ),
    MetricName: ("", "a b", "1x", "a-b", "sum", "NaN", "inf", "offset", "x\n", "a.", ".a", "a..b", 'a."b', "a.{b"),
    LabelName: ("a:b", "__x", "job", "instance", "service", "le", "1", "a-b", "x\n", "a.", "a.b:c", 'a."'),
    ImageReference: (
        "",
        "Foo",
        "Foo/bar",
        "a:99999/b",
        "a:0/b",
        "a b",
        "a:$x",
        "x@sha256:1",
        "/a",
        "a//b",
        "a\n",
        "a" * 256,
    ),
    NetworkName: ("", "a b", "-a", "$net", "a/b", "a\n", "bridge", "host", "none"),
    KubernetesLabel: ("", "a b", "/x", "Upper.io/x", "x/", "a" * 64, "-a"),
    KubernetesLabelValue: ("a b", "-a", "a" * 64, "🚀", "a\n"),
    NamespaceName: ("", "A", "a.b", "a" * 64, "-a"),
    ObjectName: ("", "A", "a..b", "a b"),
    Address: (
        "api",
        "a..b:1",
        "[::1:80",
        "[1:2]:3",
        "[fe80::1%25eth0]:80",
        "10.0.0.300:80",
        "1.2.3:80",
        "010.0.0.1:80",
        "::1:80",
        "a b:1",
        f"{'a' * 64}:1",
        "-a:1",
    ),
    Url: (
        *("example.com", "http://", "http://:80/", "https:///x", "http://a:99999", "http://a:0", "http://a:/"),
        *(
            "http://user:secret@a",
            "http://[::1",
            "http://a/%zz",
            "http://a b",
            "http://a/{{x}}",
            "http://?x",
            "ftp://a",
        ),
    ),
    UrlPath: ("metrics", "/a b", "/a#b", "/%zz", "/a\n"),
    Duration: ("", "0s", "5", "30s1m", "1m1m", "1.5h", "200000d", "101y", "-1s", "1ms", "1s\n", "9" * 30 + "d"),
    Duration0: ("", "0", "5 m", "200000d"),
    Size: ("0Mi", "1.5Gi", "20GB", "9999999999Ti", "1025Ti", "1Gi\n"),
}


def cases(texts: dict[Any, tuple[str, ...]]) -> list[Any]:
    names = {id(value): name for name, value in globals().items()}
    return [
        pytest.param(kind, text, id=f"{names[id(kind)]} {number}")
        for kind, found in texts.items()
        for number, text in enumerate(found)
    ]


@pytest.mark.parametrize(("kind", "text"), cases(GOOD))
def test_a_text_that_the_program_takes_is_taken(kind: Any, text: str) -> None:
    assert TypeAdapter(kind).validate_python(text) == text


@pytest.mark.parametrize(("kind", "text"), cases(BAD))
def test_a_text_that_the_program_refuses_is_refused(kind: Any, text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(text)


def test_an_address_is_split_into_host_and_port() -> None:
    assert split_address("api:8000") == ("api", 8000)
    assert split_address("[::1]:80") == ("::1", 80)


def test_durations_and_sizes_are_counted_without_a_rest() -> None:
    assert seconds("1m30s") == 90
    assert seconds("15d12h") == 15 * 86_400 + 12 * 3600
    assert seconds("0m") == 0
    assert mebibytes("1024Ti") == 1024**3
