"""A Chromium of this machine, to take pictures of pages and to look at them in tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from runtimes.console import Failure

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "chrome")
_READY_MILLISECONDS = 60_000
_DRAWN = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
_HEIGHT = "() => document.documentElement.scrollHeight"


def chromium_path() -> str | None:
    """A Chromium that is installed; None when there is none."""
    return next((path for path in map(shutil.which, _PROGRAMS) if path), None)


@contextmanager
def browser() -> Iterator[Browser]:
    """A headless Chromium.

    Raises:
        Failure: when there is none, or nothing that drives it.
    """
    path = chromium_path()
    if path is None:
        raise Failure(f"No Chromium is installed: install one ({', '.join(_PROGRAMS)}), or leave the pictures out.")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise Failure("The Python package playwright is missing: run make .venv/.ready.") from None
    # Chromium refuses to confine itself as root.
    confined = [] if os.geteuid() else ["--no-sandbox"]
    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=path, args=confined)
        try:
            yield started
        finally:
            started.close()


def show_whole(page: Page) -> None:
    """Make a page of the viewer as high as what it shows, and wait until every panel is drawn."""
    from playwright.sync_api import expect

    page.wait_for_selector("h1", timeout=_READY_MILLISECONDS)
    if page.locator("header").count():
        # Panels are placed once variables are known.
        page.wait_for_selector("[data-panel]", timeout=_READY_MILLISECONDS)
    size = page.viewport_size
    if size is not None:
        page.set_viewport_size({"width": size["width"], "height": page.evaluate(_HEIGHT)})
    expect(page.locator("[data-state=loading]")).to_have_count(0, timeout=_READY_MILLISECONDS)
    page.evaluate(_DRAWN)
