"""The report that is written: its words, its page and its sheets."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from operations.report import __main__ as report
from operations.report.__main__ import written
from runtimes.console import Failure
from runtimes.health import CouldNotRunError, NoAnswerError
from tests.standins.reading import read_page
from tests.unit.operations.oncall.shift import Shift, alert, notified
from tests.unit.operations.report.past import OCTOBER, latency, objective, points, up

START, HOUR = OCTOBER.start, 3600.0
ODD = "a | b <script>alert(1)</script> *c* [d](e) & `f`\n=1+1"


@pytest.fixture
def october(shift: Shift) -> Shift:
    """A month in which one service was down for an hour, one was slow, and of one nothing is known."""
    up(shift, "memory-api", points(OCTOBER, lambda hour: 0.0 if 100 < hour <= 101 else 1.0))
    up(shift, "memory-db", points(OCTOBER, lambda hour: 1.0 if hour > 372.5 else None))
    objective(
        shift,
        "memory-api",
        "availability",
        0.999,
        total=points(OCTOBER, lambda _: 10.0),
        bad=points(OCTOBER, lambda hour: 10.0 if 100 < hour <= 101 else 0.0),
        days=points(OCTOBER, lambda _: 30.0),
        budget=points(OCTOBER, lambda hour: 1.0 if hour <= 100 else -0.3423),
    )
    quiet = points(OCTOBER, lambda _: 0.0)
    objective(shift, "memory-api", "latency", 0.99, total=quiet, bad=quiet)
    latency(shift, "memory-api", http_latency=points(OCTOBER, lambda hour: 2.5 if 200 < hour <= 201 else 0.12))
    down = alert("ServiceDown", since=START + 100 * HOUR, cause="down")
    flaps = [alert("HighLatency", since=START + hour * HOUR, cause="latency", severity="warning") for hour in (1, 2, 3)]
    own = alert("PrometheusConfigBad", service="prometheus", since=START + HOUR, cause="configuration")
    own["annotations"]["summary"] = ODD
    shift.history = [
        notified("pager", START + 100 * HOUR + 20, down),
        notified("chat", START + 100 * HOUR + 30, down),
        notified("chat", START + 101 * HOUR + 30, down, ended=START + 101 * HOUR),
        *(
            notified("history", START + (number + 1) * HOUR + 300, flap, ended=START + (number + 1) * HOUR + 240)
            for number, flap in enumerate(flaps)
        ),
        notified("hook", START + HOUR + 30, own),
    ]
    return shift


@pytest.fixture
def files(october: Shift, tmp_path: Path) -> dict[str, str]:
    with october.live() as live:
        paths = written(live, "2026-10", tmp_path)
    assert {path.parent for path in paths} == {tmp_path / "test" / "2026-10"}
    return {path.name: path.read_text(encoding="utf-8") for path in paths}


def section(text: str, heading: str) -> str:
    return text.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]


def test_the_head_says_which_time_is_meant(files: dict[str, str]) -> None:
    assert files["report.md"].startswith(
        "# October 2026: stack test\n\n"
        "From 2026-10-01 00:00 to 2026-11-01 00:00, Europe/Berlin. Written 2026-11-26 13:00.\n"
    )


def test_each_service_is_a_row_and_what_is_not_known_is_never_all(files: dict[str, str]) -> None:
    rows = section(files["report.md"], "Services").split("\n\n")[0].strip().splitlines()[2:]
    assert rows == [
        "| memory-api | 99.87 % | 100 % | availability 99.87 %, missed; latency no data | -34.23 % of 30 d; no data"
        " | 4 | 3 |",
        "| memory-db | 100 % | 50.00 % | none | none | 0 | 0 |",
        "| memory-uptime | no data | 0 % | none | none | 0 | 0 |",
        "| memory-queries | no data | 0 % | none | none | 0 | 0 |",
    ]
    assert "There is no data about it in this month." in section(files["report.md"], "memory-uptime")
    assert "No alert fired." in section(files["report.md"], "memory-db")


def test_a_service_has_its_figures_and_its_alerts(files: dict[str, str]) -> None:
    text = section(files["report.md"], "memory-api")
    assert (
        "It was available 99.87 % of the time for which there is data, which is 100 % of the month:"
        " 1 h without an answer." in text
    )
    assert (
        "- Objective availability, 99.90 %: 99.87 %, missed; 36 000 of 26 820 000 requests were bad,"
        " 134.23 % of what the month may fail. -34.23 % of 30 d was left at the end." in text
    )
    assert "- Objective latency, 99.00 %: no data." in text
    assert "- http latency: the 95th percentile of 5 minutes was 120 ms in the middle, 2.5 s at worst." in text
    assert (
        r"| ServiceDown: memory-api has \[ServiceDown\] | critical | down | 2026-10-05 04:00"
        " | 2026-10-05 05:00, after 1 h | chat 2026-10-05 04:00, pager 2026-10-05 04:00 |" in text
    )
    assert text.count("| nobody |") == 3


def test_messages_flaps_and_what_nobody_acted_on_are_listed(files: dict[str, str]) -> None:
    text = files["report.md"]
    assert "| down | 3 | chat 2, pager 1 |\n| configuration | 1 | hook 1 |" in section(text, "Messages by cause")
    assert "- HighLatency of memory-api fired 3 times." in section(text, "Alerts that flapped")
    assert "- HighLatency of memory-api: 3 over by itself within 10 min." in section(
        text, "Alerts that nobody acted on"
    )


def test_what_others_wrote_is_text_in_every_file(files: dict[str, str]) -> None:
    own = section(files["report.md"], "The stack's own components")
    assert r"PrometheusConfigBad: a \| b \<script\>alert(1)\</script\> \*c\* \[d\](e) \& \`f\` =1+1 |" in own
    page = read_page(files["report.html"])
    assert "a | b <script>alert(1)</script> *c* [d](e) & `f` =1+1" in page.text
    assert not page.tags & {"script", "a", "img", "link"}
    rows = [*csv.DictReader(files["alerts.csv"].splitlines(keepends=True))]
    assert {row["summary"] for row in rows if row["service"] == "prometheus"} == {ODD}


def test_the_page_has_a_plot_for_what_is_known_and_none_for_what_is_not(files: dict[str, str]) -> None:
    page = files["report.html"]
    api = page.split("<h2>memory-api</h2>")[1].split("<h2>")[0]
    titles = ["Availability", "95th percentile of http latency", "Budget left of the availability objective"]
    assert [title for title in titles if f"<figcaption>{title}</figcaption>" in api] == titles
    assert api.count("<svg") == 3
    assert "<svg" not in page.split("<h2>memory-uptime</h2>")[1].split("<h2>")[0]
    assert "default-src 'none'" in page


def test_sheets_have_numbers_and_nothing_where_there_is_no_data(files: dict[str, str]) -> None:
    services = {row["service"]: row for row in csv.DictReader(files["services.csv"].splitlines())}
    assert float(services["memory-api"]["availability"]) == pytest.approx(744 / 745)
    assert services["memory-uptime"]["availability"] == ""
    (kept, quiet) = csv.DictReader(files["objectives.csv"].splitlines())
    assert (kept["slo"], float(kept["bad"]), float(kept["budget_left"])) == ("availability", 36_000, -0.3423)
    assert (quiet["slo"], quiet["achieved"], quiet["budget_left"]) == ("latency", "", "")
    alerts = [*csv.DictReader(files["alerts.csv"].splitlines(keepends=True))]
    down = next(row for row in alerts if row["alert"] == "ServiceDown")
    assert (down["start"], down["end"], down["seconds"]) == (
        "2026-10-05T04:00:00+02:00",
        "2026-10-05T05:00:00+02:00",
        "3600",
    )
    assert down["told"] == "chat=2026-10-05T04:00:30+02:00 pager=2026-10-05T04:00:20+02:00"
    assert "memory-api,down,chat,2" in files["messages.csv"]
    assert files["latency.csv"].splitlines()[1] == "memory-api,http_latency,0.12,2.5"


def test_a_text_that_a_spreadsheet_would_run_is_marked_as_text(october: Shift, tmp_path: Path) -> None:
    formula = alert("=HYPERLINK()", since=START + HOUR)
    october.history.append(notified("chat", START + 2 * HOUR, formula))
    with october.live() as live:
        written(live, "2026-10", tmp_path)
    assert ",'=HYPERLINK()," in (tmp_path / "test" / "2026-10" / "alerts.csv").read_text(encoding="utf-8")


def test_a_month_that_goes_on_is_said_to(shift: Shift, tmp_path: Path) -> None:
    with shift.live() as live:
        written(live, None, tmp_path)
    text = (tmp_path / "test" / "2026-11" / "report.md").read_text(encoding="utf-8")
    assert "The month is not over: it has lasted 25 d 13 h." in text
    assert "Nobody was sent a message." in section(text, "Messages by cause")
    assert section(text, "Alerts that flapped").rstrip().endswith("None.")


def test_nothing_is_written_about_no_month_or_a_prometheus_that_does_not_answer(shift: Shift, tmp_path: Path) -> None:
    with shift.live() as live:
        with pytest.raises(Failure, match="to come"):
            written(live, "2026-12", tmp_path)
        shift.broken = {"/api/v1/query_range"}
        with pytest.raises(NoAnswerError, match="prometheus answers 503"):
            written(live, "2026-10", tmp_path)
    assert not (tmp_path / "test").exists()


def test_the_command_prints_its_files_or_why_there_are_none(
    october: Shift, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(report, "running", lambda *_: october.live())
    assert report.main(["--stack", "test", "--month", "2026-10", "--folder", str(tmp_path)]) == 0
    assert [Path(line).name for line in capsys.readouterr().out.splitlines()][:2] == ["report.md", "report.html"]
    assert report.main(["--stack", "test", "--month", "soon", "--folder", str(tmp_path)]) == 2
    assert capsys.readouterr().err == ("--month: found 'soon'. Allowed: a month that has begun, such as 2026-11.\n")

    def down(*_: object) -> None:
        raise CouldNotRunError("Stack test is not up.")

    monkeypatch.setattr(report, "running", down)
    assert report.main(["--stack", "test"]) == 2
    assert capsys.readouterr().err == "Stack test is not up.\n"
