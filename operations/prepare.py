"""What `make test` needs on the machine before pytest starts, with progress that pytest would swallow."""

from __future__ import annotations

from pathlib import Path

from components.stores import all_stores
from images.build import tool_path
from operations.target import load_target
from runtimes import runtime_kind
from runtimes.console import Failure, note, step

# Programs that check the configuration written for them, or the workflows.
_TOOLS = (
    "actionlint",
    "amtool",
    "blackbox_exporter",
    "otelcol-agent",
    "otelcol-gateway",
    "promtool",
)


def tools() -> tuple[str, ...]:
    """Programs that tests run: those of every stack, and those of the stores."""
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
    for tool in tools():
        step(f"Tool {tool}")
        tool_path(tool)
