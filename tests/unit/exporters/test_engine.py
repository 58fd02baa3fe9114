"""What the reader of engines writes: each entry once, as Docker's driver json-file would, whenever it is killed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from exporters.engine import output
from exporters.engine.names import folder_name
from exporters.engine.output import Output, OutputFolder, Sent

NAME = "ab12-stdout-json.log"


def at(second: int) -> str:
    return f"2026-11-27T01:06:{second:02}.904299260Z"


def opened(folder: Path, *, ends_missing: bool = False) -> Output:
    return Output(OutputFolder(folder), NAME, "stdout", ends_missing=ends_missing)


def written(folder: Path, name: str = NAME) -> list[dict[str, str]]:
    return [json.loads(line) for line in (folder / name).read_bytes().splitlines()]


def texts(folder: Path, name: str = NAME) -> list[str]:
    return [line["log"] for line in written(folder, name)]


@pytest.mark.parametrize(
    ("sent", "log"),
    [
        (b"plain\n", "plain\n"),
        (b'{"log":"x","stream":"stderr"}\n', '{"log":"x","stream":"stderr"}\n'),
        (b"a\x00\x01\x1b[0m\x7f\r\n", "a\x00\x01\x1b[0m\x7f\r\n"),
        (b"\xff\xfe and \xc3\n", "\ufffd\ufffd and \ufffd\n"),
        ("für \U0001f600 \u2028\n".encode(), "für \U0001f600 \u2028\n"),
        (b"y" * 2**20 + b"\n", "y" * 2**20 + "\n"),
    ],
)
def test_an_entry_is_one_line_of_the_file_whatever_is_in_it(tmp_path: Path, sent: bytes, log: str) -> None:
    opened(tmp_path).write(Sent(at(1), sent))
    assert (tmp_path / NAME).read_bytes().count(b"\n") == 1
    assert written(tmp_path) == [{"log": log, "stream": "stdout", "time": at(1)}]


def test_a_character_that_stands_in_two_parts_is_whole(tmp_path: Path) -> None:
    out, text = opened(tmp_path), "ü\n".encode()
    out.write(Sent(at(1), text[:1]))
    out.write(Sent(at(1), text[1:]))
    assert texts(tmp_path) == ["", "ü\n"]


@pytest.mark.parametrize("killed_after", range(7))
def test_what_is_sent_again_after_a_kill_is_written_once(tmp_path: Path, killed_after: int) -> None:
    """Three entries have one time: the parts of a long line, or lines of an engine that tells seconds alone."""
    entries = [Sent(at(second), b"%d\n" % number) for number, second in enumerate((1, 2, 2, 2, 3, 4))]
    first = opened(tmp_path)
    for entry in entries[:killed_after]:
        first.write(entry)
    second = opened(tmp_path)
    assert (second.since is None) == (killed_after == 0)
    for entry in entries:
        second.write(entry)
    assert texts(tmp_path) == [f"{number}\n" for number in range(6)]
    # The stream broke, and the engine is asked again by the same program.
    second.again()
    for entry in entries[3:]:
        second.write(entry)
    assert texts(tmp_path)[:6] == [f"{number}\n" for number in range(6)]


def test_an_engine_that_has_forgotten_the_last_entry_goes_on_with_the_next(tmp_path: Path) -> None:
    opened(tmp_path).write(Sent(at(5), b"old\n"))
    again = opened(tmp_path)
    again.write(Sent(at(4), b"older\n"))
    again.write(Sent(at(6), b"new\n"))
    again.write(Sent(at(5), b"clock set back\n"))
    assert texts(tmp_path) == ["old\n", "new\n", "clock set back\n"]


def test_a_line_that_was_cut_off_is_ended_and_written_again(tmp_path: Path) -> None:
    opened(tmp_path).write(Sent(at(1), b"one\n"))
    with (tmp_path / NAME).open("ab") as file:
        file.write(b'{"log": "tw')
    again = opened(tmp_path)
    for number, word in enumerate((b"one\n", b"two\n"), start=1):
        again.write(Sent(at(number), word))
    lines = (tmp_path / NAME).read_bytes().splitlines()
    assert lines[1] == b'{"log": "tw'
    assert [json.loads(line)["log"] for line in (lines[0], lines[2])] == ["one\n", "two\n"]


def test_the_end_that_docker_leaves_out_of_a_long_line_is_written_before_the_next(tmp_path: Path) -> None:
    first = opened(tmp_path, ends_missing=True)
    first.write(Sent(at(1), b"long "))
    first.write(Sent(at(1), b"line"))
    # Also when the reader was killed in between.
    opened(tmp_path, ends_missing=True).write(Sent(at(2), b"next\n"))
    assert texts(tmp_path) == ["long ", "line", "\n", "next\n"]


def test_parts_of_an_engine_that_marks_ends_are_joined_whatever_their_times(tmp_path: Path) -> None:
    out = opened(tmp_path)
    for second, text in ((1, b"long "), (2, b"line\n"), (3, b"next\n")):
        out.write(Sent(at(second), text))
    assert texts(tmp_path) == ["long ", "line\n", "next\n"]


def test_files_are_bounded_and_never_parted_within_one_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "LARGEST_FILE", 200)
    out = opened(tmp_path)
    for second in (1, 2, 2, 2, 2, 3, 4):
        out.write(Sent(at(second), b"x" * 20 + b"\n"))
    kept = [line["time"] for line in (*written(tmp_path, f"{NAME}.1"), *written(tmp_path))]
    assert kept[-2:] == [at(3), at(4)]
    before, now = ({line["time"] for line in written(tmp_path, name)} for name in (f"{NAME}.1", NAME))
    assert before.isdisjoint(now)
    assert len(list(tmp_path.iterdir())) == 2
    # Killed between the two steps of a rotation: the file before says how far it got.
    (tmp_path / NAME).replace(tmp_path / f"{NAME}.1")
    assert opened(tmp_path).since == Sent(at(4), b"").seconds


def container(name: str, labels: dict[str, str] | None = None) -> dict[str, object]:
    return {"Id": "ab12" * 16, "Name": name, "Config": {"Labels": labels}}


@pytest.mark.parametrize(
    ("found", "called"),
    [
        (container("/shop-web-1"), "ab12ab12ab12,shop-web-1,,"),
        (container("/0123456789ab_shop-web-1"), "ab12ab12ab12,shop-web-1,,"),
        (
            container("web", {"com.docker.compose.project": "shop", "com.docker.compose.service": "web"}),
            "ab12ab12ab12,web,shop,web",
        ),
        (container("/a", {"com.docker.compose.project": "../x"}), "ab12ab12ab12,a,,"),
        (container("/a", {"com.docker.compose.service": "a,b"}), "ab12ab12ab12,a,,"),
    ],
)
def test_a_folder_is_called_like_the_links_of_other_containers(found: dict[str, object], called: str) -> None:
    assert folder_name(found) == called


def test_the_folder_moves_with_the_name_and_the_file_goes_on(tmp_path: Path) -> None:
    before, after = tmp_path / "ab,before,,", tmp_path / "ab,after,,"
    before.mkdir()
    folder = OutputFolder(before)
    out = Output(folder, NAME, "stdout")
    out.write(Sent(at(1), b"one\n"))
    folder.move(after)
    out.write(Sent(at(2), b"two\n"))
    assert texts(after) == ["one\n", "two\n"]
    assert not before.exists()
