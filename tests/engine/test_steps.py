"""Two programs, one after the other, on one stack and the real engine: what exists goes on under its new name.

Components and dynamic resources only, which need no provider's plugin. That every old name of the shipped stacks is an
alias now is tested without an engine, in tests/unit/program.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi import automation

from components.base import formerly
from components.passwords import GeneratedPassword
from images.build import tool_cached
from runtimes.directory import HostDirectory
from settings.stackfile import PROJECT

ROOT = Path(__file__).resolve().parents[2]
PREFIX = "monitoring:components"


def options(parent: pulumi.Resource, *former: str) -> pulumi.ResourceOptions:
    aliases = [alias for name in former for alias in formerly(PROJECT, name)]
    return pulumi.ResourceOptions(parent=parent, aliases=aliases)


def directory(name: str, path: Path, password: pulumi.Output[str], opts: pulumi.ResourceOptions) -> None:
    HostDirectory(name, path=str(path), files={"text": password}, container="none-of-this", reload="watched", opts=opts)


@dataclass
class Steps:
    """A stack whose program is another one at every step.

    Attributes:
        backend: where the engine keeps the stack's state.
        folder: of the files that the programs write.
    """

    stack: automation.Stack
    backend: Path
    folder: Path

    def old(self) -> None:
        """The names of commit 94992d9."""
        stack = pulumi.ComponentResource(f"{PREFIX}:MonitoringStack", PROJECT)
        secrets = pulumi.ComponentResource(f"{PREFIX}:Secrets", "monitoring-secrets", None, options(stack))
        password = GeneratedPassword("monitoring-secrets-prometheusPassword", options(secrets))
        prometheus = pulumi.ComponentResource(f"{PREFIX}:Prometheus", "prometheus", None, options(stack))
        name = "monitoring-dev-prometheus-secrets"
        directory(name, self.folder / "prometheus", password.value, options(prometheus))
        content = pulumi.ComponentResource(f"{PREFIX}:GrafanaContent", "grafana-content", None, options(stack))
        directory("grafana-content-folder", self.folder / "content", password.value, options(content))

    def new(self) -> None:
        """The names of now: an alias where the name does not follow from the parent's, none where it does."""
        self._new(options)

    def forgetful(self) -> None:
        """The names of now, and nothing about those before."""
        self._new(lambda parent, *_former: options(parent))

    def _new(self, options: Callable[..., pulumi.ResourceOptions]) -> None:
        stack = pulumi.ComponentResource(f"{PREFIX}:MonitoringStack", PROJECT)
        secrets = pulumi.ComponentResource(f"{PREFIX}:Secrets", "monitoring-secrets", None, options(stack))
        password = GeneratedPassword("monitoring-secrets-prometheusPassword", options(secrets))
        opts = options(stack, "prometheus")
        prometheus = pulumi.ComponentResource(f"{PREFIX}:Prometheus", "monitoring-prometheus", None, opts)
        former = "monitoring-dev-prometheus-secrets"
        opts = options(prometheus, former)
        directory("monitoring-prometheus-secrets", self.folder / "prometheus", password.value, opts)
        opts = options(stack, "grafana-content")
        content = pulumi.ComponentResource(f"{PREFIX}:GrafanaContent", "monitoring-grafana-content", None, opts)
        directory("monitoring-grafana-content-folder", self.folder / "content", password.value, options(content))

    def take(self, program: Callable[[], None], **up: Any) -> dict[str, int]:
        """Make a program the stack's and bring it up; how many resources became what."""
        self.stack.workspace.program = program
        changes = self.stack.up(**up).summary.resource_changes or {}
        return {str(kind): count for kind, count in changes.items()}

    def urns(self) -> set[str]:
        """All resources in the state, below the stack's own."""
        resources: list[dict[str, Any]] = (self.stack.export_stack().deployment or {})["resources"]
        return {item["urn"] for item in resources if item.get("parent")}

    def written(self) -> set[str]:
        """What the programs' files hold."""
        return {path.read_text(encoding="utf-8") for path in self.folder.glob("*/text")}


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A stack with the old program, destroyed at the end."""
    found = shutil.which("pulumi") or tool_cached("pulumi")
    if found is None:
        pytest.skip("missing: the Pulumi CLI, on PATH or compiled (`make test-engine` compiles it)")
    folder = tmp_path_factory.mktemp("steps")
    for name in ("backend", "project", "files"):
        (folder / name).mkdir()
    # The SDK looks for its CLI below a root.
    command = folder / "cli" / "bin" / "pulumi"
    command.parent.mkdir(parents=True)
    command.symlink_to(found)
    path = [str(Path(sys.executable).parent), os.environ["PATH"], str(ROOT / "operations" / "bin")]
    stack = automation.create_or_select_stack(
        "dev",
        project_name=PROJECT,
        program=lambda: None,
        opts=automation.LocalWorkspaceOptions(
            work_dir=str(folder / "project"),
            pulumi_command=automation.PulumiCommand(root=str(folder / "cli")),
            env_vars={
                "PULUMI_BACKEND_URL": f"file://{folder / 'backend'}",
                "PULUMI_CONFIG_PASSPHRASE": "of this test",
                "PULUMI_SKIP_UPDATE_CHECK": "true",
                "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
                "PATH": os.pathsep.join(path),
                "PYTHONPATH": str(ROOT),
            },
        ),
    )
    made = Steps(stack, folder / "backend", folder / "files")
    assert made.take(made.old) == {"create": 8}
    try:
        yield made
    finally:
        stack.destroy()


def test_without_the_old_names_the_engine_would_make_things_anew(steps: Steps) -> None:
    steps.stack.workspace.program = steps.forgetful
    changes = steps.stack.preview().change_summary
    assert {str(kind): count for kind, count in changes.items()} == {"same": 4, "create": 4, "delete": 4}


def test_with_them_everything_is_the_same(steps: Steps) -> None:
    before = steps.written()
    assert steps.take(steps.new) == {"same": 8}
    assert steps.written() == before
    assert {urn.rpartition("::")[2] for urn in steps.urns()} == {
        "monitoring",
        "monitoring-secrets",
        "monitoring-secrets-prometheusPassword",
        "monitoring-prometheus",
        "monitoring-prometheus-secrets",
        "monitoring-grafana-content",
        "monitoring-grafana-content-folder",
    }


def test_the_new_names_stay_when_the_old_ones_are_forgotten(steps: Steps) -> None:
    assert steps.take(steps.forgetful) == {"same": 8}


def test_a_refresh_keeps_the_password(steps: Steps) -> None:
    before = steps.written()
    changes = steps.stack.refresh().summary.resource_changes or {}
    assert {str(kind) for kind in changes} == {"same"}
    assert steps.take(steps.new) == {"same": 8}
    assert steps.written() == before


def test_no_password_is_in_the_state_in_clear(steps: Steps) -> None:
    (value,) = steps.written()
    assert len(value) == 32
    kept = [path.read_bytes() for path in sorted(steps.backend.rglob("*")) if path.is_file()]
    assert any(b"monitoring-secrets-prometheusPassword" in content for content in kept)
    assert not any(text in content for content in kept for text in (value.encode(), b"$2b$"))


def test_replacing_a_password_gives_every_reader_the_new_one(steps: Steps) -> None:
    before = steps.written()
    (urn,) = (urn for urn in steps.urns() if urn.endswith("::monitoring-secrets-prometheusPassword"))
    assert steps.take(steps.new, replace=[urn]) == {"replace": 1, "update": 2, "same": 5}
    (value,) = steps.written()
    assert value not in before
    assert len(value) == 32
    assert steps.take(steps.new) == {"same": 8}
