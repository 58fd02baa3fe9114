"""What `make test` needs on the machine before pytest starts, with progress that pytest would swallow."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from components.stores import all_stores
from images.build import tool_path
from operations.target import load_target
from runtimes import runtime_kind
from runtimes.console import Failure, note, step

# Programs that check or run the configuration written for them, or the workflows, the shell of health checks, and a
# server that speaks MongoDB's protocol.
_TOOLS = (
    "actionlint",
    "alertmanager",
    "amtool",
    "blackbox_exporter",
    "busybox",
    "ferretdb",
    "nginx",
    "otelcol-agent",
    "otelcol-gateway",
    "promtool",
    "pulumi",
)
# The rest of what a stack's life on a cluster takes: half an hour of compiling, so it is not part of every test run.
CLUSTER_TOOLS = (
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kubectl",
    "kwok",
    "pulumi-resource-kubernetes",
)


def tools() -> tuple[str, ...]:
    """Programs that every test run needs: those for all stacks, and those of the stores."""
    return (*_TOOLS, *(store.tool for store in all_stores().values() if store.tool))


def prepare(stack: str, file: Path | None = None) -> None:
    """Build or pull the stack's images and build the tools that tests run; where that fails, only the tools.

    Raises:
        Failure: when an image or a tool cannot be had.
    """
    target = load_target(stack, file)
    try:
        runtime_kind(target.program.settings.runtime).operations.prepare(target)
    except Failure as failure:
        note(f"live tests will be skipped: {failure}")
    _build(tools())


def prepare_engine(_stack: str, _file: Path | None = None) -> None:
    """Build the tools for a stack's life on a cluster, by the real Pulumi engine.

    Raises:
        ImagesError: when a tool cannot be had.
    """
    _build(("pulumi", *CLUSTER_TOOLS))


def _build(names: Iterable[str]) -> None:
    for tool in names:
        step(f"Tool {tool}")
        tool_path(tool)
