"""docs/new-kind.md, followed word by word in a copy of the tree, which is then rendered, asked and checked."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from runtimes.docker.settings import offset_of
from tests.page import NEW_KIND, follow
from tests.tree import ROOT, copied_tree

RUNTIMES = ("docker", "kubernetes", "podman")
BUILT = "config:\n  monitoring:images: {source: built}\n"


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree after the page."""
    folder = copied_tree(tmp_path_factory.mktemp("new-kind"), tests=True)
    follow(NEW_KIND, folder)
    if (ROOT / ".mypy_cache").exists():
        # Only what the page changes is then looked at anew.
        shutil.copytree(ROOT / ".mypy_cache", folder / ".mypy_cache")
    return folder


def run(tree: Path, *arguments: str, status: int = 0) -> str:
    """What a Python program in the tree says."""
    done = subprocess.run(
        [sys.executable, *arguments], cwd=tree, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def rendered(tree: Path) -> Path:
    """The rendered trees of the page's stack file, one for each runtime."""
    shop = load(tree / "Pulumi.shop.yaml")
    for runtime in RUNTIMES:
        document = {"config": {**shop["config"], "monitoring:runtime": runtime}}
        (tree / f"Pulumi.{runtime}.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
    run(tree, "-m", "rendering", *(f"--stack={runtime}" for runtime in RUNTIMES))
    return tree / "rendered"


def load(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)


def test_the_kind_has_its_place_in_the_schema_and_in_the_pages_of_settings_and_alerts(tree: Path) -> None:
    run(tree, "-m", "references")
    schema = json.loads((tree / "settings" / "stack.schema.json").read_text(encoding="utf-8"))
    assert schema["$defs"]["MemcachedService"]["properties"]["kind"]["const"] == "memcached"
    assert "### `kind: memcached`" in (tree / "docs" / "settings.md").read_text(encoding="utf-8")
    assert "[MemcachedFull](../runbooks/MemcachedFull.md) | warning | 0.9 ratio | 10m |" in (
        (tree / "docs" / "alerts.md").read_text(encoding="utf-8")
    )


def test_a_stack_with_the_kind_scrapes_its_exporter_and_has_its_rules_and_dashboard(rendered: Path) -> None:
    exporter = load(rendered / "docker" / "compose.yaml")["services"]["memcached-exporter-cache"]
    assert exporter["image"] == "prom/memcached-exporter:v0.15.3"
    assert exporter["command"] == ["--memcached.address=cache:11211"]
    prometheus = rendered / "docker" / "config" / "prometheus"
    jobs = {job["job_name"]: job for job in load(prometheus / "prometheus.yml")["scrape_configs"]}
    assert jobs["cache"]["static_configs"] == [
        {
            "labels": {"kind": "memcached", "owner": "shop", "service": "cache"},
            "targets": ["memcached-exporter-cache:9150"],
        }
    ]
    assert (prometheus / "rules" / "memcached.rules.yml").is_file()
    assert "up|memcached_up" in (prometheus / "rules" / "generated-recordings.rules.yml").read_text(encoding="utf-8")
    folder = rendered / "docker" / "config" / "grafana" / "dashboards" / "monitoring"
    dashboards = {path.stem for path in folder.glob("*.json")}
    assert dashboards >= {"memcached", "overview", "services"}
    assert "redis" not in dashboards


def test_the_component_runs_is_published_and_is_scraped(rendered: Path) -> None:
    pushgateway = load(rendered / "docker" / "compose.yaml")["services"]["pushgateway"]
    assert pushgateway["image"] == "prom/pushgateway:v1.11.2"
    assert pushgateway["ports"] == [f"127.0.0.1:{9091 + offset_of('docker')}:9091"]
    jobs = load(rendered / "docker" / "config" / "prometheus" / "prometheus.yml")["scrape_configs"]
    assert "pushgateway" in {job["job_name"] for job in jobs}


def test_on_kubernetes_its_clients_may_connect_to_it(rendered: Path) -> None:
    text = (rendered / "kubernetes" / "network-policies.yaml").read_text(encoding="utf-8")
    documents = yaml.load_all(text, yaml.CSafeLoader)
    (policy,) = (found for found in documents if found["metadata"]["name"] == "pushgateway")
    clients = [
        peer["podSelector"]["matchLabels"]["app.kubernetes.io/name"]
        for rule in policy["spec"]["ingress"]
        for peer in rule["from"]
        if "podSelector" in peer
    ]
    assert clients == ["prometheus"]


def test_a_stack_can_run_on_the_new_runtime(rendered: Path) -> None:
    assert (
        load(rendered / "podman" / "compose.yaml")["services"].keys()
        == load(rendered / "docker" / "compose.yaml")["services"].keys()
    )


def test_a_kind_whose_exporter_has_no_image_is_a_mistake_where_images_are_built(tree: Path) -> None:
    text = (tree / "Pulumi.shop.yaml").read_text(encoding="utf-8")
    (tree / "Pulumi.built.yaml").write_text(text.replace("config:\n", BUILT), encoding="utf-8")
    assert (
        "services[0].kind (line 5): found 'memcached', whose exporter memcached-exporter has no image. Allowed: a kind "
        "whose exporter has one, or images.overrides.memcached-exporter. With images.source built: It has no recipe; "
        "without it memcached is not watched where images are built."
    ) in run(tree, "-m", "rendering", "--stack", "built", status=2)


def test_the_row_of_verify_is_asked_and_answered(tree: Path) -> None:
    program = """
from types import SimpleNamespace
from operations.verify import checks
assert checks.evictions in checks._TOPICS
for answer in ([], [({'service': 'cache'}, 0.995)]):
    prometheus = SimpleNamespace(query=lambda expression: answer)
    (check,) = checks.evictions.checks(SimpleNamespace(prometheus=prometheus))
    (row,) = check.run()
    print(f"{row.name}: {row.status}: {row.detail}")
"""
    assert run(tree, "-c", program).splitlines() == [
        "memcached has room: passed: every server has some left",
        "memcached has room: failed: cache is full: give it more memory.",
    ]


@pytest.mark.parametrize(
    "command",
    [
        [sys.executable, "-m", "ruff", "check", "--no-fix"],
        [sys.executable, "-m", "ruff", "format", "--check"],
        [sys.executable, "-m", "mypy"],
        [str(ROOT / ".venv" / "bin" / "lint-imports"), "--no-logo"],
        [sys.executable, "-m", "pytest", "-q", "tests/unit/rules", "tests/unit/dashboards"],
        [sys.executable, "-m", "pytest", "-q", "tests/rules/test_dashboards.py", "-k", "memcached"],
    ],
    ids=["lint", "format", "types", "imports", "rules and dashboards", "panels have data"],
)
def test_the_tree_is_in_order_after_the_page(tree: Path, command: list[str]) -> None:
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
