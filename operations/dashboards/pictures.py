"""Pictures of pages, for a pull request or an archive of CI."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from operations.dashboards.browser import browser, show_whole

THEMES = ("dark", "light")
WIDTH = 1300
_COMPARED_WIDTH = 2000
_FIRST_HEIGHT = 900


def take_pictures(pages: Iterable[Path], themes: Iterable[str] = THEMES) -> list[Path]:
    """A picture of each page in each theme, beside the page: `services.dark.png`.

    Raises:
        Failure: when there is no Chromium.
    """
    taken = []
    with browser() as chromium:
        for path in pages:
            for theme in themes:
                width = _COMPARED_WIDTH if path.name.startswith("compare-") else WIDTH
                page = chromium.new_page(viewport={"width": width, "height": _FIRST_HEIGHT})
                page.goto(f"{path.resolve().as_uri()}?theme={theme}")
                show_whole(page)
                picture = path.with_suffix(f".{theme}.png")
                page.screenshot(path=picture)
                page.close()
                taken.append(picture)
    return taken
