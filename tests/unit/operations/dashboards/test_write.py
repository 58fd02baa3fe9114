"""Pages of dashboards: what is asked for them, what stands in them, and what is kept of it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from components.grafana_sources import datasources
from components.stores import stores_of
from components.stores.panel import Window
from dashboards.panels import finished
from dashboards.queries import Query
from operations.dashboards.recording import Recorder, Recording, read_recording
from operations.dashboards.write import Drawing, write_pages
from operations.queries.asking import Asking, QueryAnswer
from runtimes.health import CouldNotRunError, NoAnswerError
from tests.plans import program_of
from tests.unit.dashboards.made import line, small

WINDOW = Window(1000.0, 4600.0, 15.0)
SETTINGS = program_of("dev", images={"source": "built"}).settings
EVIL = "</script><script>alert(1)</script>"


class Series:
    """Answers every query with one series, and counts how often it is asked; `refused` are refused."""

    def __init__(self, *refused: str) -> None:
        self.refused = refused
        self.asked: list[str] = []

    def ask(self, query: Query, window: Window) -> QueryAnswer:
        self.asked.append(query.expr)
        if query.expr in self.refused:
            raise NoAnswerError("prometheus answers 400: parse error")
        result = [{"metric": {"service": EVIL}, "values": [[window.start, "1"]]}]
        return QueryAnswer({"data": {"resultType": "matrix", "result": result}}, 1)


def drawing(asking: Asking, *exprs: str) -> Drawing:
    panels = [line(f"Panel of {expr}", expr=expr) for expr in exprs]
    document = finished(small(*panels))
    return Drawing("tea", {"small": document}, datasources(SETTINGS, stores_of(SETTINGS)), asking, WINDOW)


def embedded(page: Path) -> Any:
    """What a page was given."""
    found = re.search(r'id="page">(.*?)</script>', page.read_text(encoding="utf-8"))
    assert found
    return json.loads(found[1])


def test_a_page_has_its_dashboard_and_every_answer(tmp_path: Path) -> None:
    pages, problems = write_pages(drawing(Series(), "up", "down"), tmp_path)
    assert ([page.name for page in pages], problems) == (["index.html", "small.html"], ())
    (shown,) = embedded(tmp_path / "small.html")["shown"]
    recorded = shown["recorded"]
    assert (recorded["from"], recorded["to"], recorded["step"]) == (1_000_000, 4_600_000, 15)
    ids = [str(panel["id"]) for panel in shown["dashboard"]["panels"] if panel["type"] != "row"]
    assert list(recorded["panels"]) == ids
    assert recorded["panels"][ids[0]]["A"]["document"]["data"]["result"]
    assert embedded(tmp_path / "index.html")["shown"] == []


def test_nothing_in_the_data_ends_the_page_or_is_fetched(tmp_path: Path) -> None:
    write_pages(drawing(Series(), "up"), tmp_path)
    text = (tmp_path / "small.html").read_text(encoding="utf-8")
    assert EVIL not in text
    assert text.count("</script>") == 2
    assert "default-src 'none'" in text
    assert not re.search(
        r"<(?:script|link|img)[^>]+(?:src|href)=", text[: text.index('<script type="application/json"')]
    )


def test_a_refused_query_is_told_with_its_place_and_stands_in_its_panel(tmp_path: Path) -> None:
    _, problems = write_pages(drawing(Series("down"), "up", "down"), tmp_path)
    assert problems == ("small: Panel of down: prometheus answers 400: parse error",)
    (shown,) = embedded(tmp_path / "small.html")["shown"]
    assert [answers["A"].get("error") for answers in shown["recorded"]["panels"].values()] == [
        None,
        "prometheus answers 400: parse error",
    ]


def test_only_what_changed_is_compared_and_what_is_new_or_gone_stands_alone(tmp_path: Path) -> None:
    now = drawing(Series(), "up")
    changed = finished(small(line("Panel of other", expr="other")))
    same = write_pages(now, tmp_path, dict(now.dashboards), "main")[0]
    assert [page.name for page in same] == ["index.html", "small.html"]
    pages, _ = write_pages(now, tmp_path, {"small": changed, "old": {**changed, "uid": "old"}}, "main")
    assert [page.name for page in pages[2:]] == ["compare-old.html", "compare-small.html"]
    notes = {page.name: [shown["note"] for shown in embedded(page)["shown"]] for page in pages[2:]}
    assert notes == {"compare-old.html": ["before: main"], "compare-small.html": ["before: main", "after"]}
    write_pages(now, tmp_path, {}, "main")
    assert [shown["note"] for shown in embedded(tmp_path / "compare-small.html")["shown"]] == ["new"]


def test_what_was_recorded_answers_again_whatever_panel_asks(tmp_path: Path) -> None:
    asking = Series()
    recorder = Recorder(asking)
    write_pages(drawing(recorder, "up", "up"), tmp_path / "pages")
    assert asking.asked == ["up"]
    Recording(WINDOW, recorder.answers).write(tmp_path / "kept")
    again = read_recording(tmp_path / "kept")
    assert again.window == WINDOW
    _, problems = write_pages(drawing(again, "up", "new"), tmp_path / "again")
    assert problems == ("small: Panel of new: nothing was recorded for this query (new): record again.",)


@pytest.mark.parametrize("content", [None, "no JSON", "{}", '{"window": {}, "answers": {}}'])
def test_what_is_no_recording_is_refused_with_what_to_do(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "recording.json").write_text(content, encoding="utf-8")
    with pytest.raises(CouldNotRunError, match=r"recording.json (cannot be read|is no recording).*--record"):
        read_recording(tmp_path)
