"""What building the images of a stack has cost on this machine."""

from __future__ import annotations

from pathlib import Path

from images import cost as images_cost
from operations.target import load_target
from runtimes import runtime_kind


def cost(stack: str, file: Path | None = None) -> None:
    """Print CPU and wall seconds of the last build of each image, and their sum; cold figures come from a cold cache.

    Raises:
        ImagesError: no build is recorded: every image was pulled, or built before builds were recorded.
    """
    program = load_target(stack, file).with_image_source("built").program
    helpers = runtime_kind(program.settings.runtime).operations.recipes()
    wanted = {workload.image for workload in program.workloads} | {*helpers}
    costs = images_cost.recorded()
    print(images_cost.table(costs, wanted & {found.component for found in costs}))
