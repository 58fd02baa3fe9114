"""A headless Chromium, and pages to look at in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page

from operations.dashboards.browser import browser, chromium_path
from operations.target import ROOT
from tests.pages.serving import PASSWORD, Served, served

PICTURES = ROOT / "dashboards-out" / "tests"
"""What tests saw, for whoever looks after them; CI keeps it."""


@dataclass
class Looking:
    """Opens pages, and notes what a page must not do.

    Attributes:
        complaints: what the console said, errors that nobody caught, requests that failed.
        requests: addresses that pages asked for, themselves among them.
    """

    chromium: Browser
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    @contextmanager
    def page(self, url: str, *, width: int = 1300, height: int = 900, theme: str = "dark") -> Iterator[Page]:
        separator = "&" if "?" in url else "?"
        context = self.chromium.new_context(
            viewport={"width": width, "height": height}, http_credentials={"username": "admin", "password": PASSWORD}
        )
        page = context.new_page()
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("requestfailed", lambda request: self.complaints.append(f"{request.url}: {request.failure}"))
        page.goto(f"{url}{separator}theme={theme}")
        try:
            yield page
        finally:
            context.close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if chromium_path() is None:
        pytest.skip("no Chromium is installed: apt-get install chromium-headless-shell")
    with browser() as found:
        yield found


@pytest.fixture
def looking(chromium: Browser) -> Looking:
    return Looking(chromium)


@pytest.fixture(scope="module")
def viewer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("viewer")) as found:
        yield found


def kept(name: str) -> Path:
    """Where a picture is kept."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    return PICTURES / name
