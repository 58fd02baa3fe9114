"""Log lines of real programs, by the real collector from its rendered configuration: level, name and text of each.

`log_lines.yaml` is the table. What it cannot say is below: names, long and hostile lines, other engines' files.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from program.prepare import prepare_program
from tests.plans import raw_configuration
from tests.programs.collecting import PART, Engine, Record, agent
from tests.waiting import until

TABLE: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("log_lines.yaml").read_text(encoding="utf-8"))
NUMBERS = {"unset": 0, "TRACE": 1, "DEBUG": 5, "INFO": 9, "WARN": 13, "ERROR": 17, "FATAL": 21}
API = {"name": "api", "kind": "fastapi", "target": "api:8000"}


def wanted(entry: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Level and text of each record that an entry is to become."""
    records = entry.get("records") or [{"level": entry["level"], "text": entry["text"]}]
    return [(record["level"], record["text"]) for record in records]


def container(number: int) -> str:
    return f"line-{number}"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The agent of a stack on Docker, with the whole table written."""
    program = prepare_program(raw_configuration("dev", {"services": [API]}), "dev")
    with agent(program, tmp_path_factory.mktemp("docker")) as engine:
        files = []
        for number, entry in enumerate(TABLE):
            labels = {"com.docker.compose.service": "api"} if entry.get("kind") == "fastapi" else None
            files.append(engine.container(container(number), labels))
        engine.linked()
        for file, entry in zip(files, TABLE, strict=True):
            file.write_bytes(engine.written(entry["text"]))
        yield engine


@pytest.mark.parametrize("number", range(len(TABLE)), ids=lambda number: f"{number}-{TABLE[number]['format']}")
def test_a_line_becomes_a_record_of_its_level_name_and_text(engine: Engine, number: int) -> None:
    expected = wanted(TABLE[number])
    found = engine.received.arrived(container(number), len(expected))
    assert [(record.severity or "unset", record.text) for record in found] == expected
    assert [record.number for record in found] == [NUMBERS[level] for level, _ in expected]
    assert {record.nanoseconds // 10**6 for record in found} == {1_795_658_400_123}


def test_the_table_is_of_many_formats_and_of_every_level() -> None:
    assert len(TABLE) >= 60
    assert {level for entry in TABLE for level, _ in wanted(entry)} == set(NUMBERS)


# --- Names -----------------------------------------------------------------------------------------------------------


def only(engine: Engine, service: str) -> Record:
    (record,) = engine.received.arrived(service, 1)
    return record


def test_a_container_is_called_what_docker_calls_it_with_what_compose_says_of_it(engine: Engine) -> None:
    labels = {
        "com.docker.compose.project": "shop",
        "com.docker.compose.service": "web",
        "Name": "/payments",
        "a": '","Name":"/payments"}',
    }
    file = engine.container("shop-web-1", labels)
    engine.linked()
    file.write_bytes(engine.written("x"))
    resource = only(engine, "shop-web-1").resource
    assert resource == {
        "container.id": file.name[:12],
        "container.name": "shop-web-1",
        "compose.project": "shop",
        "compose.service": "web",
        "service.name": "shop-web-1",
    }


def test_the_tag_of_a_log_option_goes_before_the_name(engine: Engine) -> None:
    file = engine.container("unlike")
    engine.linked()
    file.write_bytes(engine.written("x", attrs={"tag": "chosen"}))
    assert only(engine, "chosen").text == "x"


def test_a_component_is_called_without_the_name_of_its_stack(engine: Engine) -> None:
    file = engine.container("monitoring-dev-prometheus")
    engine.linked()
    file.write_bytes(engine.written("x"))
    assert only(engine, "prometheus").text == "x"


def test_a_container_that_nothing_is_known_of_is_called_by_its_id(engine: Engine) -> None:
    directory = engine.folder / "engine" / ("ab12" * 16)
    directory.mkdir()
    (directory / f"{directory.name}-json.log").write_bytes(engine.written("x"))
    assert only(engine, "ab12ab12ab12").text == "x"


def test_a_renamed_container_has_its_new_name_from_then_on_and_no_line_comes_twice(engine: Engine) -> None:
    file = engine.container("before")
    engine.linked()
    file.write_bytes(engine.written("one"))
    assert only(engine, "before").text == "one"
    config = file.parent / "config.v2.json"
    # As Compose leaves it while it makes a container anew.
    config.write_text(config.read_text(encoding="utf-8").replace("/before", "/0123456789ab_after"), encoding="utf-8")
    mine = [f"{file.name[:12]},after,,"]
    assert until(lambda: [name for name in engine.links() if name.startswith(file.name[:12])] == mine, 90)
    with file.open("ab") as log:
        log.write(engine.written("two"))
    assert only(engine, "after").text == "two"
    assert only(engine, "before").text == "one"


# --- Long lines ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [PART - 1, PART, 3 * PART, 900_000], ids=lambda length: f"{length} bytes")
def test_a_long_line_is_one_record_and_its_level_is_read(engine: Engine, length: int) -> None:
    name = f"long-{length}"
    file = engine.container(name)
    engine.linked()
    # By the start of a file the agent knows it, so no two may start alike.
    empty = f'{{"level":"error","name":"{name}","msg":""}}'
    text = empty.replace('""', f'"{"x" * (length - len(empty))}"')
    file.write_bytes(engine.written(text) + engine.written("after"))
    found = engine.received.arrived(name, 2)
    assert [record.text for record in found] == [text, "after"]
    assert found[0].severity == "ERROR"


def test_a_line_of_several_megabytes_comes_in_pieces_that_are_the_line(engine: Engine) -> None:
    file = engine.container("endless")
    engine.linked()
    text = "ERROR: " + "0123456789" * 350_000
    file.write_bytes(engine.written(text))
    # Four, or more where the host is busy and a piece does not grow for a second.
    assert until(lambda: "".join(piece.text for piece in engine.received.of("endless")) == text, 90)
    pieces = engine.received.of("endless")
    assert pieces[0].severity == "ERROR"
    assert max(len(piece.text) for piece in pieces) <= 1024 * 1024 + PART


def test_parts_of_one_stream_are_not_mixed_with_lines_of_the_other(engine: Engine) -> None:
    file = engine.container("two-streams")
    engine.linked()
    parts = [("out ", "stdout"), ("err\n", "stderr"), ("put\n", "stdout")]
    lines = [json.dumps({"log": text, "stream": stream, "time": engine.now()}) for text, stream in parts]
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    found = engine.received.arrived("two-streams", 2)
    assert {(record.text, record.attributes["log.iostream"]) for record in found} == {
        ("out put", "stdout"),
        ("err", "stderr"),
    }


def test_a_last_line_without_an_end_is_not_lost(engine: Engine) -> None:
    file = engine.container("cut-off")
    engine.linked()
    line = {"log": "WARN: no end", "stream": "stdout", "time": engine.now()}
    file.write_text(json.dumps(line) + "\n", encoding="utf-8")
    assert (only(engine, "cut-off").text, only(engine, "cut-off").severity) == ("WARN: no end", "WARN")


# --- Hostile lines ---------------------------------------------------------------------------------------------------


def test_a_line_that_is_not_the_engines_is_kept_as_it_stands(engine: Engine) -> None:
    file = engine.container("torn")
    engine.linked()
    file.write_bytes(b'{"log":"to\n\x00\x00\xff\n{"log":5,"stream":"stdout"}\n' + engine.written("whole"))
    found = engine.received.arrived("torn", 3)
    assert "whole" in [record.text for record in found]
    assert '{"log":"to' in [record.text for record in found]
    assert len(found) >= 3


def test_a_line_says_nothing_of_where_it_is_from(engine: Engine) -> None:
    (number,) = [n for n, entry in enumerate(TABLE) if entry["format"] == "fields that are not a line's to say"]
    record = only(engine, container(number))
    assert set(record.resource) == {"container.id", "container.name", "service.name"}
    assert set(record.attributes) == {"level", "msg", "trace_id", "log.iostream"}
    assert engine.received.of("payments") == []


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({f"key{number}": "x" * 100 for number in range(5000)} | {"level": "error"}),
        '{"level":"error","a":' + '{"a":' * 2000 + "1" + "}" * 2001,
        json.dumps({"level": "error", "x" * 100_000: 1}),
    ],
    ids=["5,000 fields", "2,000 levels deep", "a name of 100,000 characters"],
)
def test_a_line_with_more_fields_than_a_store_takes_keeps_its_text(engine: Engine, text: str) -> None:
    name = f"fields-{len(text)}"
    file = engine.container(name)
    engine.linked()
    file.write_bytes(engine.written(text) + engine.written("after"))
    found = engine.received.arrived(name, 2)
    assert [record.text for record in found] == [text, "after"]
    assert found[0].severity == "ERROR"
    size = sum(len(key) + len(str(value)) for record in found for key, value in record.attributes.items())
    assert size < 64 * 1024
    assert max(len(record.attributes) for record in found) <= 65


def test_the_trace_of_a_line_is_the_records(engine: Engine) -> None:
    file = engine.container("traced")
    engine.linked()
    trace = "0af7651916cd43dd8448eb211c80319c"
    file.write_bytes(engine.written(json.dumps({"trace_id": trace.upper(), "span_id": "b7ad6b7169203331"})))
    assert only(engine, "traced").trace_id == trace


# --- Pods ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The agent of a stack on Kubernetes."""
    program = prepare_program(raw_configuration("prod"), "prod")
    with agent(program, tmp_path_factory.mktemp("kubernetes")) as engine:
        yield engine


@pytest.mark.parametrize(
    ("pod", "service"),
    [
        ("orders-api-6d4cf56db6-x7k2p", "orders-api"),
        ("postgres-0", "postgres"),
        ("node-agent-z5qrt", "node-agent"),
        ("lonely", "lonely"),
    ],
)
def test_a_pods_lines_are_joined_and_called_what_the_pod_is_one_of(cluster: Engine, pod: str, service: str) -> None:
    folder = cluster.folder / "engine" / f"shop_{pod}_1b2c-3d" / "app"
    folder.mkdir(parents=True)
    lines = [
        f"{cluster.now()} stdout P ERROR: a long ",
        f"{cluster.now().replace('T02', 'T03').replace('Z', '+01:00')} stderr F WARN: between",
        f"{cluster.now()} stdout F line",
        f"{cluster.now()} stdout F \tat a.B.c(B.java:1)",
        "not of the engine",
    ]
    (folder / "0.log").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    found = cluster.received.arrived(service, 3)
    assert {(record.severity, record.text) for record in found} == {
        ("ERROR", "ERROR: a long line\n\tat a.B.c(B.java:1)"),
        ("WARN", "WARN: between"),
        ("", "not of the engine"),
    }
    assert found[0].resource == {
        "k8s.namespace.name": "shop",
        "k8s.pod.name": pod,
        "k8s.pod.uid": "1b2c-3d",
        "k8s.container.name": "app",
        "service.name": service,
    }
