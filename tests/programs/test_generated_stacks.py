"""Stacks that Hypothesis makes, with the texts that programs trip over: what settings accept, every program reads.

`python -m tests.generated` tries as many stack files as one likes; here each file of those that are accepted is read by
the program that it is for.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

from components.shared import to_yaml
from images.build import tool_path
from rendering.render import captured_program
from runtimes.docker.render import compose_text
from tests.generated.accepted import accepted
from tests.programs.placed import write_files
from workloads.program import Program

STACKS = 300
# Half a second each goes into the resources that a project is made of.
PROJECTS = 40


@pytest.fixture(scope="module")
def programs() -> list[Program]:
    found = [program for _, program in accepted(STACKS, 1)]
    assert len(found) == STACKS
    return found


def files(programs: list[Program], workload: str) -> Iterator[tuple[str, str]]:
    """Every file of a workload of these programs, with its name."""
    for program in programs:
        for each in program.workloads:
            if each.name == workload and each.config:
                yield from each.config.files.items()


def written(folder: Path, texts: set[str]) -> list[Path]:
    """The texts as files, each once."""
    paths = []
    for number, text in enumerate(sorted(texts)):
        path = folder / f"{number}.yml"
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    assert paths
    return paths


def run(*command: str | Path) -> str:
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout + done.stderr


def test_prometheus_reads_every_configuration(programs: list[Program], tmp_path: Path) -> None:
    paths = written(tmp_path, {text for name, text in files(programs, "prometheus") if name == "prometheus.yml"})
    said = run(tool_path("promtool"), "check", "config", "--syntax-only", *paths)
    assert said.count("is valid prometheus config file syntax") == len(paths)


def test_prometheus_reads_every_rule_file(programs: list[Program], tmp_path: Path) -> None:
    rules = {text for name, text in files(programs, "prometheus") if name.endswith(".rules.yml")}
    paths = written(tmp_path, rules)
    said = run(tool_path("promtool"), "check", "rules", "--lint=none", *paths)
    assert said.count("SUCCESS: ") == len(paths)


def test_alertmanager_reads_every_configuration(programs: list[Program], tmp_path: Path) -> None:
    texts = {text for name, text in files(programs, "alertmanager") if name == "alertmanager.yml"}
    templates = {name: text for name, text in files(programs, "alertmanager") if name != "alertmanager.yml"}
    for name, text in templates.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    paths = written(tmp_path, {text.replace("/etc/alertmanager", str(tmp_path)) for text in texts})
    assert "SUCCESS" in run(tool_path("amtool"), "check-config", *paths)


def test_the_blackbox_exporter_reads_every_module(programs: list[Program], tmp_path: Path) -> None:
    modules = {}
    for number, (_, text) in enumerate(files(programs, "blackbox-exporter")):
        for name, module in yaml.load(text, yaml.CSafeLoader)["modules"].items():
            modules[f"{number}-{name}"] = module
    assert len(modules) >= 3 * STACKS
    path = tmp_path / "blackbox.yml"
    path.write_text(to_yaml({"modules": modules}), encoding="utf-8")
    assert "Config file is ok" in run(tool_path("blackbox_exporter"), "--config.check", f"--config.file={path}")


@pytest.mark.parametrize("collector", ["agent", "gateway"])
def test_a_collector_reads_every_configuration(programs: list[Program], tmp_path: Path, collector: str) -> None:
    workloads = {
        each.config.files[f"{collector}.yaml"]: each
        for program in programs
        for each in program.workloads
        if each.name == f"collector-{collector}" and each.config
    }
    for number, workload in enumerate(workloads.values()):
        placed = write_files(workload, tmp_path / str(number), tmp_path / "values.json")
        run(tool_path(f"otelcol-{collector}"), "validate", *placed.args)


def test_compose_reads_every_project_without_a_word(programs: list[Program], tmp_path: Path) -> None:
    paths = written(tmp_path, {compose_text(captured_program(each), "made") for each in programs[:PROJECTS]})
    compose = tool_path("compose")
    check: Callable[[Path], str] = lambda path: run(compose, "--file", path, "config", "--quiet")  # noqa: E731
    with ThreadPoolExecutor(2) as two:
        said = list(two.map(check, paths))
    # A dollar that was not escaped would be a warning about a variable that is not set.
    assert set(said) == {""}
