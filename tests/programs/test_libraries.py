"""The table of libraries in docs/scraping.md, against what each library answers, in a real Prometheus."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
import yaml

from tests.plans import ROOT
from tests.programs.scraped import Entry, Prometheus, scraping
from tests.standins.targets import Target

PAGES = ROOT / "tests" / "rules" / "expositions" / "libraries"
_ROW = re.compile(
    r"^\| (?P<library>@?[a-z][^|`]*) \| `(?P<kind>[a-z]+)` \| (?:`(?P<metrics>\{.*?\})` )?\|", re.MULTILINE
)
# Two requests failed at once, one took 0.6 s and did not fail; pages without routes have those that were as quick too.
_FAILED = {"express-prom-bundle": 2 / 5, "opentelemetry-instrumentation-http": 1 / 2}
_WITHOUT_ROUTES = frozenset({"express-prom-bundle", "opentelemetry-instrumentation-http"})


def rows() -> dict[str, Entry]:
    """Kind and metrics by the name of the library's page."""
    found: dict[str, Entry] = {}
    for row in _ROW.finditer((ROOT / "docs" / "scraping.md").read_text(encoding="utf-8")):
        metrics = {"metrics": yaml.safe_load(row["metrics"])} if row["metrics"] else {}
        found[re.sub(r"[^\w-]+", "-", row["library"]).strip("-")] = {"kind": row["kind"], **metrics}
    return found


LIBRARIES = rows()


def growing(page: str, count: int) -> bytes:
    """A page after it was asked so often: every value grows as fast."""
    lines = (line if line.startswith("#") else line.rpartition(" ") for line in page.splitlines())
    return "".join(
        f"{line}\n" if isinstance(line, str) else f"{line[0]} {float(line[2]) * count}\n" for line in lines
    ).encode()


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    with ExitStack() as stack:
        services: list[Entry] = []
        for library, entry in LIBRARIES.items():
            page = (PAGES / f"{library}.prom").read_text(encoding="utf-8")
            target = stack.enter_context(Target(lambda count, page=page: growing(page, count)))  # type: ignore[misc]
            services.append({"name": service(library), "target": target.address, **entry})
        yield stack.enter_context(scraping(services, {}, tmp_path_factory.mktemp("libraries")))


def service(library: str) -> str:
    """A name that an entry may have."""
    return library.replace("_", "-")[:40]


def test_every_library_with_a_page_is_in_the_table() -> None:
    assert LIBRARIES.keys() == {page.stem for page in PAGES.glob("*.prom")}


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_librarys_requests_failures_and_durations_are_found(prometheus: Prometheus, library: str) -> None:
    of = f'service="{service(library)}"'
    assert prometheus.value(f"service:http_requests:rate5m{{{of}}} > 0") > 0
    failed = prometheus.value(f"service:http_errors:ratio_rate5m{{{of}}} > 0")
    assert failed == pytest.approx(_FAILED.get(library, 2 / 3), rel=0.01)
    assert 0.3 < prometheus.value(f"service:http_latency:p95_5m{{{of}}}") <= 1.5
    routes = 0 if library in _WITHOUT_ROUTES else 2
    requests = f"service:http_endpoint_requests:rate5m{{{of}}}"
    assert prometheus.value(f"count({requests}) == 2") == 2
    assert prometheus.value(f'count({requests[:-1]}, endpoint!=""}}) or vector(0)') == routes


def test_every_status_is_read(prometheus: Prometheus) -> None:
    assert prometheus.value("count(service:http_requests:rate5m > 0)") == len(LIBRARIES)
    assert prometheus.value("count(service:http_status_unread:info) or vector(0)") == 0


@pytest.mark.parametrize(
    ("library", "told"),
    [("starlette_exporter", True), ("prometheus-fastapi-instrumentator", False), ("express-prom-bundle", False)],
)
def test_apdex_is_there_where_the_buckets_are(prometheus: Prometheus, library: str, told: bool) -> None:
    of = f'service="{service(library)}"'
    prometheus.value(f"service:http_latency:p95_5m{{{of}}}")
    assert prometheus.value(f"count(service:http_apdex:ratio_rate5m{{{of}}}) or vector(0)") == told
