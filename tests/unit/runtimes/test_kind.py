"""Runtimes side by side: one more is one folder, and nobody outside it knows its name."""

from __future__ import annotations

import io
import json
import re
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from operations import __main__ as command
from operations.target import load_target
from operations.verify.command import verify_stack
from references.schema import schema_text
from references.settings import reference_text
from rendering.render import program_in_tree, render_tree
from runtimes import runtime_kind, sections
from runtimes.kind import RuntimeKind
from settings.errors import ConfigurationError
from settings.stackfile import read_stack_file
from tests.stacks import ROOT, stack_file

NAMES = tuple(name for name, _ in sections())
# The rest of the repository, as far as it is the product's own.
PACKAGES = ("catalog", "components", "operations", "program", "references", "rendering", "runtimes", "settings")
# What names Docker or Kubernetes and not a runtime, or must: with the reason.
ALLOWED = {
    "settings/model.py": "the default runtime",
    "settings/discovery.py": "ways in which Prometheus finds targets",
    "components/discovery.py": "ways in which Prometheus finds targets",
    "components/prometheus.py": "ways in which Prometheus finds targets",
    "components/exporters.py": "what is read of the container engine of a host",
    "references/addresses.py": "text for people, about each of them",
    "operations/drill/command.py": "faults are caused on containers; other runtimes are refused by name",
    "operations/drill/world.py": "faults are caused on containers",
    "operations/drill/faults/containers.py": "faults are caused on containers",
    "operations/installation.py": "plugins of Pulumi that can be built here, whichever runtime uses them",
    "settings/remarks.py": "a way of discovery is named like the runtime it asks",
    "settings/syntax.py": "a mistake says whose label it is",
    "runtimes/daemon.py": "part of runtimes/reload.py, and asked by that runtime too",
    "runtimes/reload.py": "part of runtimes/directory.py, whose place the states of stacks name",
}


def test_every_folder_is_a_runtime_with_a_section_and_a_kind() -> None:
    folders = {path.parent.name for path in (ROOT / "runtimes").glob("*/__init__.py")}
    assert set(NAMES) == folders >= {"docker", "kubernetes"}
    assert all(isinstance(runtime_kind(name), RuntimeKind) for name in NAMES)


def named(source: str) -> Iterator[str]:
    """Runtimes that code names: in what it imports, calls its things, or compares with; not in what it explains."""
    before, explains = ("", ""), True
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.STRING and not explains:
            text = re.sub(r"^\w*[\"']+|[\"']+$", "", token.string.lower())
            yield from (name for name in NAMES if name in re.split(r"[\s:]+", text))
        elif token.type == tokenize.NAME:
            yield from (name for name in NAMES if name == token.string.lower())
        if token.type in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT):
            # A string that is a whole statement is there for people.
            explains = True
        elif token.type not in (tokenize.STRING, tokenize.NL, tokenize.COMMENT):
            explains = (*before, token.string)[1:] == ("description", "=") or (
                explains and token.string == "(" and before[1] == "="
            )
        before = (before[1], token.string)


def test_the_search_finds_each_way_of_naming_a_runtime() -> None:
    for source in (
        'if settings.runtime == "docker": pass',
        "from runtimes.docker.settings import DockerSettings",
        "import runtimes.docker.kind",
        "ports = settings.docker.ports",
        'image = "docker:index/container:Container"',
    ):
        assert list(named(source)) == ["docker"], source
    for source in (
        '"""Containers on docker."""\n\ndef f():\n    """Docker."""',
        'x = Field(description="On docker.")\n',
        'x = Field(\n    default=1,\n    description=(\n        "On"\n        " docker."\n    ),\n)\n',
        "x = 1  # as docker does\n",
    ):
        assert not list(named(source)), source


@pytest.mark.parametrize("package", PACKAGES)
def test_no_code_outside_its_folder_names_a_runtime(package: str) -> None:
    found = {
        f"{path.relative_to(ROOT)} names {name}"
        for path in (ROOT / package).rglob("*.py")
        if str(path.relative_to(ROOT)) not in ALLOWED
        for name in named(path.read_text(encoding="utf-8"))
        if path.parent != ROOT / "runtimes" / name
    }
    assert found == set()


def test_every_exception_of_that_search_is_needed() -> None:
    for path in ALLOWED:
        assert list(named((ROOT / path).read_text(encoding="utf-8"))), path


# --- A runtime that is put beside the others -------------------------------------------------------------------------


@pytest.fixture
def file(kettle: str, tmp_path: Path) -> Path:
    """A stack file that says `runtime: kettle`."""
    return stack_file(tmp_path, "tea", runtime=kettle, kettle={"plates": 30})


def run(monkeypatch: pytest.MonkeyPatch, file: Path, *arguments: str) -> int:
    """`python -m operations …` on the stack, without an engine."""
    for module in ("operations.up", "operations.down"):
        monkeypatch.setattr(f"{module}.find_engine", lambda _target: (None, "there is none"))
    monkeypatch.setattr(sys, "argv", ["operations", *arguments, "--stack", "tea", "--file", str(file)])
    return command.main()


def test_its_section_is_checked_like_any_other(kettle: str, tmp_path: Path) -> None:
    file = stack_file(tmp_path, "tea", runtime=kettle, kettle={"plates": 0, "lid": True})
    with pytest.raises(ConfigurationError) as refused:
        load_target("tea", file)
    assert [str(mistake) for mistake in refused.value.mistakes] == [
        "kettle.plates (line 14): found 0. Allowed: a whole number from 1 to 100.",
        "kettle.lid (line 13): found unknown key 'lid'. Allowed: directory, plates.",
    ]


def test_its_own_mistakes_are_told_with_all_others(kettle: str, tmp_path: Path) -> None:
    discover = {"docker": {"labels": {"scrape": "yes"}, "port": 80}}
    services = [{"name": name, "kind": "http", "target": f"{name}:80"} for name in ("a", "b")]
    last = {"name": "c", "kind": "http", "discover": discover}
    file = stack_file(tmp_path, "tea", runtime=kettle, kettle={"plates": 2}, services=[*services, last])
    with pytest.raises(ConfigurationError) as refused:
        load_target("tea", file)
    told = {mistake.path: str(mistake) for mistake in refused.value.mistakes}
    assert told["kettle.plates"] == (
        "kettle.plates (line 13): found less than one for each service. Allowed: a plate for each service."
    )
    assert "found a way of runtime docker" in told["services[2].discover.docker"]
    assert "This stack's is kettle." in told["services[2].discover.docker"]


def test_its_provider_has_keys_of_its_own(file: Path) -> None:
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    document["config"] |= {"kettle:whistle": "loud", "teapot:whistle": "soft"}
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    with pytest.raises(ConfigurationError) as refused:
        load_target("tea", file)
    assert [mistake.path for mistake in refused.value.mistakes] == ["teapot:whistle"]


def test_a_stack_that_runs_elsewhere_does_not_care(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigurationError, match=r"runtime \(line 20\): found 'kettle'\. Allowed: docker, kubernetes\."
    ):
        load_target("tea", stack_file(tmp_path, "tea", runtime="kettle"))


def test_it_is_in_the_schema_and_in_the_reference_of_settings(kettle: str) -> None:
    config = json.loads(schema_text())["properties"]["config"]["properties"]
    assert kettle in config["monitoring:runtime"]["enum"]
    assert "monitoring:kettle" in config
    section = reference_text().partition("\n## `kettle`\n")[2].partition("\n## ")[0]
    assert "| `plates` | integer | `40` | How many pots it has room for. |" in section


def test_its_tree_is_rendered_with_what_its_provider_would_compute(file: Path) -> None:
    program = program_in_tree(read_stack_file(file), "tea")
    tree = render_tree(program)
    pots = yaml.safe_load(tree["stove.yaml"])
    assert pots.keys() == {workload.name for workload in program.workloads}
    assert pots["prometheus"]["image"] == program.images["prometheus"]
    assert "Put it on the stove." in tree["README.md"]
    assert "kettle:" not in tree["resources.yaml"]
    assert program.settings.grafana.content == "files"
    assert program.urls["prometheus"] == "http://prometheus.kitchen.example.com"


def test_it_is_brought_up_verified_stopped_and_removed(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = load_target("tea", file).directory
    assert run(monkeypatch, file, "up") == 0
    said = capsys.readouterr()
    assert "Stack tea is up after" in said.err
    assert "passed   inside the kitchen only" in said.out
    assert "skipped  rules loaded" in said.out
    assert "prometheus is a pot: listen to it." in said.out
    assert "prometheus     http://prometheus.kitchen.example.com\n" in said.out
    assert said.out.endswith("passwords      on a note under the kettle\n               and under the sugar\n")

    assert run(monkeypatch, file, "up") == 0
    assert "Nothing to change: stack tea runs as its settings say" in capsys.readouterr().err

    assert run(monkeypatch, file, "down") == 0
    assert verify_stack("tea", file, wait=0) == 2
    assert "Stack tea is not up: nothing boils. Run make up STACK=tea.\n" in capsys.readouterr().err

    assert run(monkeypatch, file, "destroy") == 0
    assert "nothing is left: no program, network, volume, secret or state" in capsys.readouterr().err
    assert not directory.exists()
