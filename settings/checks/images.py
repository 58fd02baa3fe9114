"""Images that are taken from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

from settings.checks.checked import Checked
from settings.errors import Mistake, did_you_mean, listed


def check(checked: Checked) -> Iterator[Mistake]:
    """Yield every override of a component that does not exist."""
    components = checked.known.image_components
    overrides = checked.section("images").get("overrides")
    for component in overrides if isinstance(overrides, dict) else ():
        if component not in components:
            yield Mistake(
                f"images.overrides.{component}",
                f"unknown component {component!r}",
                listed(components),
                did_you_mean(component, components),
            )
