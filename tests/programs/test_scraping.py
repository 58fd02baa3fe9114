"""A real Prometheus with a stack's configuration and rules, before programs that give their metrics in every way."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
import trustme

from tests.programs.scraped import PATIENCE, Entry, Prometheus, scraping
from tests.standins.targets import DOTTED, OPENMETRICS, PROTOBUF, Request, Target, basic, both_forms, counter
from tests.waiting import until

SECRETS = {"loginPassword": "correct horse", "token": "t0ken", "headerKey": "k3y"}


def page(count: int) -> bytes:
    """Requests whose answers all take 100 to 250 ms; one in four fails."""
    return f"""\
http_requests_total{{route="/a",status="200"}} {count * 75}
http_requests_total{{route="/a",status="503"}} {count * 25}
# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{{route="/a",le="0.1"}} 0
http_request_duration_seconds_bucket{{route="/a",le="0.25"}} {count * 100}
http_request_duration_seconds_bucket{{route="/a",le="1"}} {count * 100}
http_request_duration_seconds_bucket{{route="/a",le="+Inf"}} {count * 100}
http_request_duration_seconds_sum{{route="/a"}} {count * 20}
http_request_duration_seconds_count{{route="/a"}} {count * 100}
""".encode()


def changed(**words: str) -> Callable[[int], bytes]:
    """That page with some of its words changed."""

    def page_of(count: int) -> bytes:
        text = page(count).decode()
        for old, new in words.items():
            text = text.replace(old, new)
        return text.encode()

    return page_of


def milliseconds(count: int) -> bytes:
    text = page(count).decode().replace("_seconds", "_milliseconds").replace("0.25", "250").replace("0.1", "2.5")
    return text.replace('le="1"', 'le="1000"').encode()


def dotted(count: int) -> bytes:
    text = page(count).decode().replace("http_requests_total{", '{"http.requests",').replace("route=", '"http.route"=')
    text = text.replace("status=", '"http.response.status_code"=').replace("# TYPE http_request_duration_seconds", "#")
    for part in ("bucket", "sum", "count"):
        text = text.replace(f"http_request_duration_seconds_{part}{{", f'{{"http.duration_{part}",')
    return text.encode()


def summary(count: int) -> bytes:
    text = page(count).decode().split("# TYPE")[0]
    quantiles = ((0.5, 0.2), (0.95, 0.24), (0.99, "NaN"))
    text += "".join(f'http_request_duration_seconds{{quantile="{share}"}} {value}\n' for share, value in quantiles)
    return f"{text}http_request_duration_seconds_count {count * 100}\n".encode()


def openmetrics(count: int) -> bytes:
    text = page(count).decode().splitlines()
    text.insert(0, "# TYPE http_requests counter")
    text[-4] += f' # {{trace_id="0af7651916cd43dd"}} 0.2 {1_700_000_000 + count}'
    return ("\n".join(text) + "\n# EOF\n").encode()


def strange(count: int) -> bytes:
    """That page with what OpenMetrics and careless programs have beside it."""
    text = page(count).decode().replace('status="', 'error_type="",status="')
    return (
        f"""\
# TYPE http_request_duration_seconds_created gauge
http_request_duration_seconds_created{{route="/a"}} 1.7e+09
# TYPE build_info gauge
build_info{{version="1.2.3 \\"β\\" \\\\ \\n"}} 1
# TYPE last_value gauge
last_value{{of="ratio"}} NaN
last_value{{of="limit"}} +Inf
last_value{{of="floor"}} -Inf
twice 1
twice 1
{text}"""
    ).encode()


def full(count: int) -> bytes:
    """The same as OpenMetrics 1.0 with its units, its info, its state sets and when each series was made."""
    return (
        """\
# TYPE http_requests counter
# HELP http_requests Requests.
# TYPE build info
build_info{version="1.2.3"} 1
# TYPE mode stateset
mode{mode="ready"} 1
mode{mode="draining"} 0
# TYPE wait_seconds gaugehistogram
# UNIT wait_seconds seconds
wait_seconds_bucket{le="1.0"} 3
wait_seconds_bucket{le="+Inf"} 3
wait_seconds_gcount 3
wait_seconds_gsum 2.5
"""
        + openmetrics(count)
        .decode()
        .replace("# TYPE http_requests counter\n", "")
        .replace(
            "# TYPE http_request_duration_seconds histogram",
            'http_requests_created{route="/a",status="200"} 1.7e+09\n'
            "# TYPE http_request_duration_seconds histogram\n# UNIT http_request_duration_seconds seconds",
        )
    ).encode()


def native(count: int) -> bytes:
    labels = {"route": "/a", "status": "200"}
    return (
        counter("http_requests_total", labels, count * 100)
        + both_forms("http_request_duration_seconds", labels, count * 100, 0.25, -2)
        + both_forms("db_query_duration_milliseconds", {}, count * 100, 64, 6)
    )


def asked(path: str = "", **headers: str) -> Callable[[Request], bool]:
    """Lets whoever asks for this path and sends these headers."""

    def lets(request: Request) -> bool:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return (not path or request.path == path) and sent.items() <= request.headers.items()

    return lets


@pytest.fixture(scope="module")
def targets() -> Iterator[tuple[dict[str, tuple[Target, Entry]], dict[str, str]]]:
    """Every target with the fields of its entry, and the secrets that they name."""
    authority, other = trustme.CA(), trustme.CA()
    client = authority.issue_cert("prometheus.example.com")

    def server(*names: str, by: trustme.CA = authority, mutual: bool = False) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        by.issue_cert(*names).configure_cert(context)
        if mutual:
            context.verify_mode = ssl.CERT_REQUIRED
            authority.configure_trust(context)
        return context

    here, ca = server("127.0.0.1"), {"ca": "authority"}
    own = {"certificate": "clientCertificate", "key": "clientKey"}
    login = {"username": "prom", "password": "loginPassword"}
    duration = {"duration_seconds": "http_request_duration_milliseconds", "unit": "milliseconds"}
    names = {
        **{"requests_total": "http.requests", "duration_seconds": "http.duration"},
        **{"status_label": "http.response.status_code", "route_label": "http.route"},
    }
    vault = "/v1/sys/metrics"
    answering = asked(f"{vault}?format=prometheus")
    found: dict[str, tuple[Target, Entry]] = {
        "own-ca": (Target(page, tls=here), {"tls": ca}),
        "mutual": (Target(page, tls=server("127.0.0.1", mutual=True)), {"tls": {**ca, **own}}),
        "named": (Target(page, tls=server("api.internal")), {"tls": {**ca, "server_name": "api.internal"}}),
        "insecure": (Target(page, tls=server("127.0.0.1", by=other)), {"tls": {"insecure": True}}),
        "login": (Target(page, asked(authorization=basic("prom", "correct horse"))), {"basic_auth": login}),
        "bearer": (Target(page, asked(authorization="Bearer t0ken"), tls=here), {"tls": ca, "bearer_token": "token"}),
        "headers": (
            Target(page, asked(x_scope_orgid="shop", x_api_key="k3y")),
            {"headers": {"X-Scope-OrgID": "shop"}, "secret_headers": {"X-Api-Key": "headerKey"}},
        ),
        "params": (Target(page, answering), {"path": vault, "params": {"format": "prometheus"}}),
        "query": (Target(page, answering), {"path": f"{vault}?format=prometheus"}),
        "proxied": (
            Target(page, asked("http://behind.invalid:8000/metrics")),
            {"target": "behind.invalid:8000", "proxy": ""},
        ),
        "ipv6": (Target(page, host="::1"), {}),
        "patient": (Target(page, seconds=1.5), {"scrape_interval": "4s", "scrape_timeout": "3s"}),
        "class": (Target(changed(**{'"503"': '"5xx"', '"200"': '"2xx"'})), {}),
        "words": (
            Target(changed(**{'"503"': '"time out"', '"200"': '"success"'})),
            {"metrics": {"failed_statuses": ["time out", "error"]}},
        ),
        "openmetrics": (Target(openmetrics, content=OPENMETRICS), {}),
        "full": (Target(full, content=OPENMETRICS), {}),
        "strange": (Target(strange), {}),
        "untyped": (Target(page, content=""), {}),
        "mistyped": (Target(page, content="application/json; charset=utf-8"), {}),
        "elsewhere": (Target(changed(status="status_code")), {}),
        "unnamed": (Target(changed(**{'"503"': '"error"', '"200"': '"success"'})), {}),
        "milliseconds": (Target(milliseconds), {"metrics": duration, "slo": {"latency": {"seconds": 0.25}}}),
        "dotted": (Target(dotted, content=DOTTED), {"metrics": names}),
        "native": (Target(native, content=PROTOBUF), {"metrics": {"histogram": "native"}}),
        "summary": (Target(summary), {"metrics": {"histogram": "summary"}}),
        # What must not be scraped.
        "distrusted": (Target(page, tls=here), {"scheme": "https"}),
        "anonymous": (Target(page, tls=server("127.0.0.1", mutual=True)), {"tls": ca}),
        "misnamed": (Target(page, tls=server("api.internal")), {"tls": ca}),
        "hasty": (Target(page, seconds=3), {"scrape_interval": "2s", "scrape_timeout": "1s"}),
    }
    values = {
        **SECRETS,
        "authority": authority.cert_pem.bytes().decode(),
        "clientCertificate": client.cert_chain_pems[0].bytes().decode(),
        "clientKey": client.private_key_pem.bytes().decode(),
    }
    with ExitStack() as stack:
        for target, _ in found.values():
            stack.enter_context(target)
        yield found, values


@pytest.fixture(scope="module")
def prometheus(
    targets: tuple[dict[str, tuple[Target, Entry]], dict[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Prometheus]:
    found, values = targets
    folder = tmp_path_factory.mktemp("prometheus")
    services: list[Entry] = [
        {"name": name, "kind": "http", "target": target.address, **fields} for name, (target, fields) in found.items()
    ]
    services = [
        {**each, "proxy": f"http://{found['proxied'][0].address}"} if "proxy" in each else each for each in services
    ]
    queries = {"duration_seconds": "db_query_duration_milliseconds", "unit": "milliseconds"}
    services.append({"name": "queries", "kind": "queries", "metrics_from": "native", "metrics": queries})
    with scraping(services, values, folder) as running:
        yield running


SCRAPED = (
    *("own-ca", "mutual", "named", "insecure", "login", "bearer", "headers", "params", "query", "proxied", "ipv6"),
    *("patient", "class", "words", "openmetrics", "milliseconds", "dotted", "native", "summary"),
    *("full", "strange", "untyped", "mistyped"),
)


@pytest.mark.parametrize("service", SCRAPED)
def test_a_target_is_scraped_however_it_is_to_be_asked(prometheus: Prometheus, service: str) -> None:
    assert prometheus.value(f'max_over_time(up{{service="{service}"}}[1m]) == 1') == 1
    assert prometheus.value(f'service:http_requests:rate5m{{service="{service}"}} > 0') > 0


@pytest.mark.parametrize(
    ("service", "why"),
    [
        ("distrusted", "certificate signed by unknown authority"),
        ("anonymous", "certificate required"),
        ("misnamed", "cannot validate certificate for 127.0.0.1"),
        ("hasty", "context deadline exceeded"),
    ],
)
def test_a_target_that_is_not_to_be_trusted_or_is_too_slow_is_down(
    prometheus: Prometheus, service: str, why: str
) -> None:
    assert prometheus.value(f'up{{service="{service}"}} == 0') == 0

    def error() -> str:
        active = prometheus.client.get("/api/v1/targets", params={"state": "active"}).json()["data"]["activeTargets"]
        (said,) = [each["lastError"] for each in active if each["labels"]["service"] == service]
        return str(said)

    assert why in until(error, PATIENCE)


def test_nobody_else_gets_a_page_that_asks_for_a_login(
    prometheus: Prometheus, targets: tuple[dict[str, tuple[Target, Entry]], dict[str, str]]
) -> None:
    found, _ = targets
    target, _ = found["login"]
    assert prometheus.value('up{service="login"} == 1') == 1
    assert target.refused == []
    assert httpx.get(f"http://{target.address}/metrics", auth=("prom", "wrong")).status_code == 403


@pytest.mark.parametrize(
    ("service", "p95"),
    [
        ("own-ca", 0.1 + 0.95 * 0.15),
        ("openmetrics", 0.1 + 0.95 * 0.15),
        ("dotted", 0.1 + 0.95 * 0.15),
        # Its bounds are 2.5 and 250 milliseconds.
        ("milliseconds", 0.0025 + 0.95 * 0.2475),
        ("native", 0.125 * 2**0.95),
        ("summary", 0.24),
    ],
)
def test_latencies_are_recorded_in_seconds(prometheus: Prometheus, service: str, p95: float) -> None:
    of = f'{{service="{service}"}}'
    assert prometheus.value(f"service:http_latency:p95_5m{of}") == pytest.approx(p95)
    assert prometheus.value(f"service:http_endpoint_latency:p95_5m{of}") == pytest.approx(p95)


@pytest.mark.parametrize("service", ["own-ca", "class", "words", "dotted", "full", "strange"])
def test_a_failure_is_a_code_a_class_or_a_word(prometheus: Prometheus, service: str) -> None:
    of = f'service="{service}"'
    assert prometheus.value(f"service:http_errors:ratio_rate5m{{{of}}} > 0") == pytest.approx(0.25)
    failed = f'sum(service:http_endpoint_requests:rate5m{{{of}, failed="yes"}})'
    assert prometheus.value(f"{failed} / sum(service:http_endpoint_requests:rate5m{{{of}}}) > 0") == pytest.approx(0.25)


def test_a_service_whose_statuses_cannot_be_read_is_told_apart(prometheus: Prometheus) -> None:
    unread = 'count(service:http_status_unread:info{service=~"elsewhere|unnamed"})'
    assert prometheus.value(f"{unread} == 2") == 2
    assert prometheus.value("count(service:http_status_unread:info)") == 2


def test_bounds_in_milliseconds_are_recorded_in_seconds(prometheus: Prometheus) -> None:
    of = 'service="milliseconds"'
    bounds = {0.0025, 0.25, 1.0}
    assert prometheus.value(f"count(service:http_latency:bucket_rate5m{{{of}}})") == len(bounds) + 1
    for bound in ("0.0025", "0.25", "1", "+Inf"):
        assert prometheus.value(f'service:http_latency:bucket_rate5m{{{of}, le="{bound}"}}') >= 0
    assert prometheus.value(f"service:http_latency:highest_bucket{{{of}}}") == 1
    assert prometheus.value(f"service:http_apdex:ratio_rate5m{{{of}}}") == 1
    assert prometheus.value(f"service:slo_bad:rate5m{{{of}}}") == 0


def test_one_scrape_brings_native_histograms_and_the_classic_form_that_another_reads(prometheus: Prometheus) -> None:
    assert prometheus.value('histogram_count(sum(http_request_duration_seconds{service="native"})) > 0') > 0
    assert prometheus.value('service:db_query_latency:p95_5m{service="queries"}') == pytest.approx(0.95 * 0.064)


def test_a_dotted_name_keeps_its_dots(prometheus: Prometheus) -> None:
    assert prometheus.value('count({"http.requests", service="dotted", "http.route"="/a"})') == 2
    assert prometheus.value('count(service:http_endpoint_requests:rate5m{service="dotted", endpoint="/a"})') == 2


def test_an_exemplar_of_openmetrics_is_kept(prometheus: Prometheus) -> None:
    def exemplars() -> list[Any]:
        query: dict[str, str | float] = {
            "query": 'http_request_duration_seconds_bucket{service="openmetrics"}',
            "start": 0,
            "end": 2e9,
        }
        return list(prometheus.client.get("/api/v1/query_exemplars", params=query).json()["data"])

    assert until(exemplars, PATIENCE)


def test_every_rule_is_evaluated_without_an_error(prometheus: Prometheus) -> None:
    assert prometheus.value("count(service:http_requests:rate5m > 0)") >= len(SCRAPED)
    groups = prometheus.client.get("/api/v1/rules").json()["data"]["groups"]
    assert [rule for group in groups for rule in group["rules"] if rule.get("lastError")] == []
