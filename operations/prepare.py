"""What `make test` needs on the machine before pytest starts, with progress that pytest would swallow."""

from __future__ import annotations

from pathlib import Path

from images.build import tool_path
from operations.target import load_target
from runtimes import runtimes
from runtimes.console import Failure, note, step

# Programs that check the configuration written for them or the workflows, and the Compose command.
TOOLS = (
    "actionlint",
    "amtool",
    "blackbox_exporter",
    "compose",
    "jaeger",
    "otelcol-agent",
    "otelcol-gateway",
    "promtool",
    "victoria-logs",
)


def prepare(stack: str, file: Path | None = None) -> None:
    """Build or pull the stack's images and build the tools that tests run; without Docker, only the tools.

    Raises:
        Failure: when an image or a tool cannot be had.
    """
    target = load_target(stack, file)
    try:
        runtimes()[target.program.settings.runtime].prepare(target)
    except Failure as failure:
        note(f"live tests will be skipped: {failure}")
    for tool in TOOLS:
        step(f"Tool {tool}")
        tool_path(tool)
