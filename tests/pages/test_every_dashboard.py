"""Every dashboard there is, with thirty services, as a page: dark on a desk, and light on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from components.grafana_sources import datasources
from components.stores import stores_of
from dashboards import all_dashboards
from dashboards.panels import BAD, GOOD
from operations.dashboards.browser import show_whole
from operations.dashboards.write import Drawing, write_pages
from tests.pages.conftest import Looking, kept
from tests.pages.looks import cut_off, empty, overlaps, sideways
from tests.pages.synthetic import WINDOW, Synthetic
from tests.plans import program_of

SETTINGS = program_of("dev", images={"source": "built"}).settings
DASHBOARDS = all_dashboards(stores_of(SETTINGS))
# On a desk, and on a phone.
SCREENS = (("dark", 1300), ("light", 400))
FIRST_SCREEN = """async () => {
  const panels = () => [...document.querySelectorAll('[data-panel]')];
  const seen = () => panels().filter(e => e.getBoundingClientRect().top < innerHeight);
  const next = () => new Promise(done => requestAnimationFrame(done));
  while (!seen().length || seen().some(e => e.dataset.state === 'loading')) await next();
  await next();
  return performance.now() / 1000;
}"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("pages")
    stores = stores_of(SETTINGS)
    drawing = Drawing("thirty", DASHBOARDS, datasources(SETTINGS, stores), Synthetic(30), WINDOW)
    _, problems = write_pages(drawing, folder)
    assert problems == ()
    yield folder


@pytest.mark.parametrize(("theme", "width"), SCREENS)
@pytest.mark.parametrize("uid", list(DASHBOARDS))
def test_a_page_is_whole_and_fetches_nothing(uid: str, theme: str, width: int, pages: Path, looking: Looking) -> None:
    url = (pages / f"{uid}.html").as_uri()
    with looking.page(url, width=width, theme=theme) as page:
        show_whole(page)
        page.screenshot(path=kept(f"{uid}.{theme}.png"))
        wrong = {"empty": empty(page), "overlaps": overlaps(page), "cut off": cut_off(page), "sideways": sideways(page)}
        assert {what: found for what, found in wrong.items() if found} == {}
        assert page.locator("[data-state=ready]").count() == page.locator("[data-panel]").count() > 0
    assert looking.complaints == []
    assert {request.partition("?")[0] for request in looking.requests if not request.startswith("data:")} == {url}


def test_a_circle_of_the_graph_has_the_colour_and_the_word_of_its_state(pages: Path, looking: Looking) -> None:
    with looking.page((pages / "overview.html").as_uri()) as page:
        show_whole(page)
        circles = page.locator("g:has(> circle)").all()
        shown = {
            circle.locator("title").text_content(): circle.locator("circle").get_attribute("stroke")
            for circle in circles
        }
        down = "service-03: Down"
        assert len(shown) == 30
        assert shown.pop(down) == BAD
        assert set(shown.values()) == {GOOD}


def test_the_first_screen_is_told_in_seconds(pages: Path, looking: Looking, capsys: pytest.CaptureFixture[str]) -> None:
    """Of the main thread too: seconds on the wall are those of whatever else the machine does."""
    for uid in DASHBOARDS:
        with looking.page((pages / f"{uid}.html").as_uri()) as page:
            session = page.context.new_cdp_session(page)
            seconds = page.evaluate(FIRST_SCREEN)
            session.send("Performance.enable", {"timeDomain": "threadTicks"})
            metrics = {found["name"]: found["value"] for found in session.send("Performance.getMetrics")["metrics"]}
            assert page.locator("[data-state=error]").count() == 0
        with capsys.disabled():
            print(f"\nfirst screen of {uid}: {seconds:.1f} s, of which CPU {metrics['ThreadTime']:.1f} s", end="")


def test_the_list_leads_to_every_page(pages: Path, looking: Looking) -> None:
    with looking.page((pages / "index.html").as_uri()) as page:
        show_whole(page)
        page.screenshot(path=kept("index.png"))
        links = [link.get_attribute("href") or "" for link in page.locator("main a").all()]
        assert [link.partition("?")[0] for link in links] == [f"{uid}.html" for uid in DASHBOARDS]
        page.get_by_text(DASHBOARDS["services"]["title"], exact=True).click()
        page.wait_for_selector("[data-panel]")
    assert looking.complaints == []
