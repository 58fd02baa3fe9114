"""The viewer as it is served: who gets in, what goes through to the stores, and what pages do with live answers."""

from __future__ import annotations

import base64
import json
import re
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from operations.dashboards.browser import show_whole
from tests.pages.conftest import Looking, kept
from tests.pages.serving import PASSWORD, Served
from tests.waiting import until

QUERY = "/api/prometheus/api/v1/query?query=up&time=1795694400"
ID = "a" * 32
PANES = {"p": {"datasource": "jaeger", "queries": [{"refId": "A", "query": ID}]}}
TRACE = f"/explore?{urlencode({'panes': json.dumps(PANES)})}"


@pytest.fixture(autouse=True)
def nothing_asked(viewer: Served) -> None:
    viewer.asked.clear()
    viewer.refused = ""


@pytest.mark.parametrize("path", ["/", "/d/services", "/viewer.js", "/stack.json", "/dashboards/services.json", QUERY])
def test_nothing_is_told_without_the_login(viewer: Served, path: str) -> None:
    assert viewer.get(path, login=False).status_code == 401
    assert viewer.get(path).status_code == 200
    assert len(viewer.asked) == (path == QUERY)


def test_a_store_gets_its_own_login_and_the_question_as_it_was(viewer: Served) -> None:
    expr = 'sum by (le) (rate(x{a=~"b|c+d"}[5m])) > 0'
    assert viewer.get(f"/api/prometheus/api/v1/query?{urlencode({'query': expr})}").is_success
    (asked,) = viewer.asked
    assert (asked.path, asked.query["query"]) == ("/api/v1/query", expr)
    assert asked.login == f"Basic {base64.b64encode(f'admin:{PASSWORD}'.encode()).decode()}"


@pytest.mark.parametrize(
    "path",
    [
        "/api/prometheus/api/v1/status/config",
        "/api/prometheus/api/v1/admin/tsdb/delete_series",
        "/api/prometheus/-/reload",
        "/api/prometheus/api/v1/query/../status/config",
        "/api/victorialogs/insert/jsonline",
        "/api/victorialogs/select/logsql/tail",
        "/api/jaeger/api/services",
        "/api/nothing",
    ],
)
def test_only_what_panels_ask_goes_through(viewer: Served, path: str) -> None:
    assert viewer.get(path).status_code == 404
    assert viewer.asked == []


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_nothing_can_be_sent(viewer: Served, method: str) -> None:
    assert viewer.get(QUERY, method=method).status_code == 403
    assert viewer.asked == []


def test_a_page_may_fetch_from_nowhere_else_and_stand_in_no_other_page(viewer: Served) -> None:
    policy = viewer.get("/d/services").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "connect-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy


def test_a_dashboard_asks_live_and_only_its_own_server(viewer: Served, looking: Looking) -> None:
    with looking.page(f"{viewer.url}/d/services?refresh=") as page:
        show_whole(page)
        page.screenshot(path=kept("served.png"))
        assert page.locator("[data-state=error]").count() == 0
        assert page.locator("[data-state=ready]").count() > 5
    assert looking.complaints == []
    assert {request[: len(viewer.url)] for request in looking.requests if not request.startswith("data:")} == {
        viewer.url
    }
    # Of variables, intervals and the like nothing is left.
    assert not [asked for asked in viewer.asked if re.search(r"\$\{?[A-Za-z_]", asked.query.get("query", ""))]
    assert any("service-01|service-02|service-03" in asked.query.get("query", "") for asked in viewer.asked)


def test_a_variable_of_the_address_narrows_every_query(viewer: Served, looking: Looking) -> None:
    with looking.page(f"{viewer.url}/d/services?var-service=service-02&refresh=") as page:
        show_whole(page)
    chosen = [asked.query["query"] for asked in viewer.asked if "service-02" in asked.query.get("query", "")]
    assert len(chosen) > 5
    assert not [query for query in chosen if "service-01" in query]


def test_a_chosen_time_is_asked_and_stands_in_the_address(viewer: Served, looking: Looking) -> None:
    with looking.page(f"{viewer.url}/d/services?refresh=") as page:
        show_whole(page)
        viewer.asked.clear()
        page.get_by_test_id("data-testid TimePicker Open Button").click()
        page.get_by_text("Last 6 hours").click()
        expect(page).to_have_url(re.compile(r"from=now-6h&to=now"))
        until(lambda: [asked for asked in viewer.asked if "start" in asked.query], 20)
    ranges = [
        float(asked.query["end"]) - float(asked.query["start"])
        for asked in viewer.asked
        if asked.path == "/api/v1/query_range"
    ]
    assert ranges
    assert all(seconds == pytest.approx(6 * 3600, abs=120) for seconds in ranges)
    assert looking.complaints == []


def test_panels_are_asked_again_by_themselves(viewer: Served, looking: Looking) -> None:
    with looking.page(f"{viewer.url}/d/services?refresh=1s") as page:
        show_whole(page)
        viewer.asked.clear()
        assert until(lambda: len(viewer.asked) > 10, 20)
        assert page.locator("[data-state=error]").count() == 0


def test_what_a_store_refuses_stands_in_the_panel_and_the_rest_stays(viewer: Served, looking: Looking) -> None:
    with looking.page(f"{viewer.url}/d/services?refresh=") as page:
        show_whole(page)
        viewer.refused = "query processing would load too many samples"
        page.get_by_test_id("data-testid RefreshPicker run button").click()
        expect(page.locator("[data-state=error]").first).to_be_visible()
        expect(page.get_by_text("Not everything could be loaded")).to_be_visible()
        assert "too many samples" in page.inner_text("body")


def test_a_line_shows_its_fields_and_leads_to_its_trace(viewer: Served, looking: Looking) -> None:
    with looking.page(f"{viewer.url}/d/services?refresh=") as page:
        show_whole(page)
        panel = page.locator("[data-type=logs]")
        expect(panel.get_by_text("request 0 took 0 ms </script><b>not a tag</b>")).to_be_visible()
        panel.get_by_role("button", expanded=False).first.click()
        details = page.get_by_test_id("log-details")
        expect(details.get_by_text("severity_text")).to_be_visible()
        details.get_by_role("link").click()
        expect(page.get_by_test_id("span")).to_have_count(2)
    assert [asked.path for asked in viewer.asked][-1] == f"/api/traces/{0:032x}"
    assert looking.complaints == []


def test_an_address_of_explore_shows_a_trace_with_the_fields_of_its_spans(viewer: Served, looking: Looking) -> None:
    with looking.page(f"{viewer.url}{TRACE}") as page:
        spans = page.get_by_test_id("span")
        expect(spans).to_have_count(2)
        spans.first.get_by_role("button").click()
        expect(spans.first.get_by_text("true")).to_be_visible()
        page.screenshot(path=kept("trace.png"))
    assert looking.complaints == []


def test_a_page_that_is_not_there_says_so(viewer: Served, looking: Looking) -> None:
    with looking.page(f"{viewer.url}/d/nonsense") as page:
        expect(page.get_by_text("There is no /dashboards/nonsense.json here.")).to_be_visible()


def test_other_dashboards_are_reached_at_the_same_time_with_the_same_variables(
    viewer: Served, looking: Looking
) -> None:
    with looking.page(f"{viewer.url}/d/services?var-service=service-02&from=now-3h&to=now&refresh=") as page:
        show_whole(page)
        page.get_by_role("button", name="Dashboards").click()
        page.get_by_role("menuitem", name="PostgreSQL").click()
        page.wait_for_selector("[data-panel]")
        assert page.url.startswith(f"{viewer.url}/d/postgres?from=now-3h&to=now")
        assert "var-service=service-02" in page.url
