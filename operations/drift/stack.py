"""A stack as it was deployed, as its owner wants it, and as it runs."""

from __future__ import annotations

from dataclasses import dataclass

from operations.target import LoadedTarget
from operations.verify.live import Live
from workloads.workload import ConfigDirectory


@dataclass(frozen=True)
class DriftingStack:
    """Everything that a comparison may ask.

    Attributes:
        wanted: with the stack file as its owner wrote it.
        deployed: with the stack file as it was last brought up.
        live: what runs.
    """

    wanted: LoadedTarget
    deployed: LoadedTarget
    live: Live

    def config(self, workload: str) -> ConfigDirectory:
        """The configuration that a workload is declared with; one without has none of it."""
        declared = self.live.declared.workload(workload)
        return (declared and declared.config) or ConfigDirectory("/", {})

    def reread(self, workload: str) -> str:
        """What to do when a program runs with something else than its files say."""
        logs, up = self.live.logs(workload), self.live.declared.up()
        return f"{up}; if it says that nothing has to change, start {workload} again ({logs} says why it keeps others)"
