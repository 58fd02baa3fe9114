"""The reference stacks: each loads and renders as it stands, and its page says what is in it."""

from __future__ import annotations

import dataclasses
import re
from functools import cache
from pathlib import Path

import pytest
import yaml

from catalog.alerts import ALWAYS, LOGGED, shipped_alerts
from components.stores import all_stores
from program.prepare import prepare_program
from rendering.render import render_tree
from settings.errors import ConfigurationError
from settings.stackfile import read_stack_file
from workloads.program import Program

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
STACK_FILES = sorted(EXAMPLES.glob("*/Pulumi.*.yaml"))
NAMES = {"airflow_kafka", "graphiti", "graphmemory", "mem0", "skillforge", "small"}
# The keys by which the examples name a secret.
SECRET = re.compile(r"^\s*password: (\w+)", re.MULTILINE)
COMMAND = re.compile(r"^make secrets STACK=\w+ ARGS='?([\w ]+)", re.MULTILINE)

each = pytest.mark.parametrize("path", STACK_FILES, ids=lambda path: path.parent.name)


def secrets_of(path: Path) -> frozenset[str]:
    """Names of the secrets that a stack file refers to."""
    return frozenset(SECRET.findall(path.read_text(encoding="utf-8")))


@cache
def example(path: Path) -> Program:
    """The program of a stack file whose secrets are set."""
    raw = dataclasses.replace(read_stack_file(path), secrets_set=secrets_of(path))
    return prepare_program(raw, path.parent.name)


def page(path: Path) -> str:
    """The text beside a stack file."""
    return (path.parent / "README.md").read_text(encoding="utf-8")


def test_they_are_all_there() -> None:
    assert {path.parent.name for path in STACK_FILES} == NAMES
    assert all(path.name == f"Pulumi.{path.parent.name}.yaml" for path in STACK_FILES)


@each
def test_it_loads_and_every_component_has_an_image(path: Path) -> None:
    program = example(path)
    assert program.settings.runtime == "docker"
    assert program.missing == {}


@each
def test_every_service_has_an_owner_and_something_watches_it(path: Path) -> None:
    program = example(path)
    assert all(service.owner != "unowned" for service in program.settings.services)
    watched = {job.name.partition("/")[0] for job in program.plan.scrape_jobs}
    for service in program.settings.services:
        # Its own scrape, another service's, or what it sends.
        source = getattr(service, "metrics_from", None) or service.name
        assert source in watched or getattr(service, "otlp", None), service.name


@each
def test_its_secrets_are_what_it_needs(path: Path) -> None:
    named = {name for service in example(path).settings.services for name in service.secrets().values()}
    assert named == secrets_of(path)
    with pytest.raises(ConfigurationError) as refused:
        prepare_program(read_stack_file(path), path.parent.name)
    assert all(any(name in str(mistake) for mistake in refused.value.mistakes) for name in named)


@each
def test_its_page_names_services_secrets_and_alerts(path: Path) -> None:
    text, program = page(path), example(path)
    assert len(text.splitlines()) <= 80
    assert [s.name for s in program.settings.services if f"| `{s.name}` | {s.kind} |" not in text] == []
    assert {name for names in COMMAND.findall(text) for name in names.split()} == secrets_of(path)
    listed = {name for name in re.findall(r"`(\w+)`", text) if name in shipped_alerts()}
    groups = {file.removesuffix(".rules.yml") for file in program.plan.rule_files}
    assert {shipped_alerts()[name].group for name in listed} <= groups
    # A group that the page does not show would be a surprise at night.
    everywhere = {*ALWAYS, LOGGED, *(group for store in all_stores().values() for group in store.rules)}
    assert [group for group in sorted(groups - everywhere) if f"| {group} |" not in text] == []


@each
def test_its_page_says_the_addresses_that_are_scraped(path: Path) -> None:
    targets = {target for job in example(path).plan.scrape_jobs for target in job.targets}
    assert [target for target in sorted(targets) if target not in page(path)] == []


@each
def test_it_renders(path: Path) -> None:
    tree = render_tree(example(path))
    services = yaml.load(tree["compose.yaml"], yaml.CSafeLoader)["services"]
    assert {workload.name for workload in example(path).workloads} <= set(services)
    assert "config/prometheus/prometheus.yml" in tree


def test_a_useful_stack_takes_under_forty_lines() -> None:
    path = EXAMPLES / "small" / "Pulumi.small.yaml"
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) < 40
    assert f"{len(lines)} lines" in page(path)
    assert {service.kind for service in example(path).settings.services} == {"fastapi", "postgres", "redis", "probe"}
    assert any(getattr(service, "slo", None) for service in example(path).settings.services)
