"""GitHub's workflows: read by actionlint and zizmor, and held to what neither of the two asks for."""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
ACTIONS = sorted((ROOT / ".github" / "actions").glob("*/action.yml"))


def read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return document


def jobs() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every job, by workflow and name."""
    for path in WORKFLOWS:
        for name, job in read(path)["jobs"].items():
            yield f"{path.stem}: {name}", job


def used() -> Iterator[str]:
    """Every `uses`, with the comment behind it."""
    for path in (*WORKFLOWS, *ACTIONS):
        yield from re.findall(r"uses: (.+)", path.read_text(encoding="utf-8"))


def lint(tree: Path) -> subprocess.CompletedProcess[str]:
    """What `make lint-workflows` says of a tree that has this one's Makefile."""
    return subprocess.run(
        ["make", "--no-print-directory", "lint-workflows"],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree with the workflows, which a test may spoil."""
    shutil.copytree(ROOT / ".github", tmp_path / ".github")
    for name in ("Makefile", ".pre-commit-config.yaml"):
        shutil.copyfile(ROOT / name, tmp_path / name)
    for name in (".venv", "images", "operations", "pyproject.toml", "uv.lock"):
        (tmp_path / name).symlink_to(ROOT / name)
    # actionlint looks for actions of the same repository from here.
    (tmp_path / ".git").mkdir()
    return tmp_path


def test_actionlint_and_zizmor_find_nothing() -> None:
    done = lint(ROOT)
    if done.returncode:
        pytest.fail(done.stdout + done.stderr, pytrace=False)


@pytest.mark.parametrize(
    ("file", "good", "bad", "finding"),
    [
        ("workflows/deploy.yml", "needs: dev\n", "needs: development\n", 'needs job "development"'),
        ("workflows/deploy.yml", "organization: $", "organisation: $", 'missing input "organization"'),
        ("workflows/deploy.yml", "monitoring-dev", "monitoring-develop", 'label "monitoring-develop" is unknown'),
        ("workflows/check.yml", "run: make lint", 'run: echo "${{ github.head_ref }}"', "potentially untrusted"),
        ("workflows/check.yml", "3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1", "v7.0.1", "unpinned-uses"),
        ("workflows/check.yml", "persist-credentials: false", "fetch-depth: 1", "artipacked"),
        ("workflows/preview.yml", "  pull_request:\n", "  pull_request_target:\n", "dangerous-triggers"),
        ("workflows/preview.yml", "permissions: {}\n\nc", "permissions: write-all\n\nc", "excessive-permissions"),
    ],
    ids=["needs", "inputs", "labels", "injection", "pins", "credentials", "trigger", "permissions"],
)
def test_a_spoilt_workflow_is_refused(tree: Path, file: str, good: str, bad: str, finding: str) -> None:
    path = tree / ".github" / file
    text = path.read_text(encoding="utf-8")
    assert good in text
    path.write_text(text.replace(good, bad), encoding="utf-8")
    done = lint(tree)
    assert done.returncode
    assert finding in done.stdout


def test_actions_of_others_are_pinned_by_commit_with_their_version_beside_it() -> None:
    others = {line for line in used() if not line.startswith("./")}
    assert len(others) > 3
    assert [line for line in others if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)] == []
    # One version of each action, wherever it is used.
    assert len({line.partition("@")[0] for line in others}) == len(others)


def test_every_job_ends_in_time_and_says_what_it_may_do() -> None:
    found = dict(jobs())
    assert len(found) > 5
    assert [name for name, job in found.items() if "permissions" not in job] == []
    # A called workflow has time limits of its own.
    assert [name for name, job in found.items() if "timeout-minutes" not in job and "uses" not in job] == []


def test_nothing_is_permitted_to_a_whole_workflow() -> None:
    assert [path.name for path in WORKFLOWS if read(path)["permissions"] != {}] == []


def test_identity_tokens_are_for_jobs_in_an_environment() -> None:
    # The environment is what Pulumi Cloud and the cluster tell a preview from a deployment by.
    environments = {name: job.get("environment") for name, job in jobs() if "id-token" in job["permissions"]}
    assert environments == {
        "deploy: dev": "development",
        "deploy: prod": "production",
        "preview: preview": "preview",
    }


def test_two_deployments_of_a_stack_never_run_at_once() -> None:
    deployments = {name: job for name, job in jobs() if name.startswith("deploy: ") and "environment" in job}
    assert {name: job["concurrency"] for name, job in deployments.items()} == {
        "deploy: dev": {"group": "deploy-dev", "cancel-in-progress": False},
        "deploy: prod": {"group": "deploy-prod", "cancel-in-progress": False},
    }


def test_forks_get_no_preview() -> None:
    condition = dict(jobs())["preview: preview"]["if"]
    assert "github.event.pull_request.head.repo.full_name == github.repository" in condition


def test_the_pulumi_of_the_workflows_is_the_one_that_is_locked() -> None:
    texts = "".join(path.read_text(encoding="utf-8") for path in (*WORKFLOWS, *ACTIONS))
    assert set(re.findall(r"pulumi-version: (.+)", texts)) == {importlib.metadata.version("pulumi")}


def test_every_stack_is_previewed_and_deployed() -> None:
    stacks = {path.name.split(".")[1] for path in ROOT.glob("Pulumi.*.yaml")}
    found = dict(jobs())
    previewed = {entry["stack"] for entry in found["preview: preview"]["strategy"]["matrix"]["include"]}
    deployed = {name.removeprefix("deploy: ") for name, job in found.items() if "make up STACK=" in str(job)}
    assert (previewed, deployed) == (stacks, stacks)
