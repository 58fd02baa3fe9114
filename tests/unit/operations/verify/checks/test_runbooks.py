"""The row about the stack's own pages of runbooks."""

from __future__ import annotations

from operations.verify.rows import passed
from tests.unit.operations.verify.world import World


def test_pages_that_are_served_as_they_are_declared(world: World) -> None:
    pages = sum(page.endswith(".html") for page in world.pages)
    assert pages > 40
    told = f"{pages} pages declared; index.html and Heartbeat.html are served as they are"
    assert world.row("runbooks") == passed("runbooks", told)


def test_pages_of_another_program_or_of_an_earlier_run(world: World) -> None:
    world.pages["Heartbeat.html"] = "<h1>It works!</h1>"
    assert world.failures() == {"runbooks": "/Heartbeat.html is not the page that is declared: run make up STACK=test."}


def test_a_page_that_is_not_there(world: World) -> None:
    del world.pages["Heartbeat.html"]
    assert list(world.failures()) == ["runbooks"]
