"""Building images and tools: what is left alone, and what a failure leaves. No Docker, no network."""

from __future__ import annotations

from pathlib import Path

import pytest

from images import build, docker, golang, recipe
from images.catalog import load_catalog
from images.errors import ImagesError
from images.machine import architecture, system


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(docker, "require_daemon", lambda: None)
    return []


def test_what_is_up_to_date_is_left_alone(monkeypatch: pytest.MonkeyPatch, lines: list[str]) -> None:
    monkeypatch.setattr(docker, "recipe_of", lambda reference: build.recipe_hash(load_catalog()["busybox"]))
    (outcome,) = build.build_images(["busybox"], lines.append)
    assert outcome.state == "present"
    assert lines == [], "nothing was done"


def test_one_failure_does_not_lose_the_others(monkeypatch: pytest.MonkeyPatch, lines: list[str]) -> None:
    def pretend(image: object, made: recipe.Recipe, digest: str, report: object) -> int:
        if made.name == "jaeger":
            raise ImagesError("jaeger: compiling jaeger failed: no space left on device.")
        return 2_000_000

    monkeypatch.setattr(docker, "recipe_of", lambda reference: None)
    monkeypatch.setattr(build, "_build", pretend)
    with pytest.raises(build.BuildError) as error:
        build.build_images(["busybox", "jaeger", "grafana", "redis"], lines.append)
    assert [outcome.state for outcome in error.value.outcomes] == ["built", "failed", "failed", "built"]
    assert str(error.value).splitlines()[0] == "jaeger: compiling jaeger failed: no space left on device."
    assert str(error.value).splitlines()[1].startswith("grafana cannot be built here: Grafana")
    assert "busybox: monitoring/busybox:1.35.0 built in 0 s, 2 MB" in lines


def test_every_tool_is_a_program_of_its_recipe() -> None:
    for name, tool in build.TOOLS.items():
        assert tool.program in recipe.load_recipe(tool.recipe).programs, name


def test_an_unknown_tool_names_the_known_ones() -> None:
    with pytest.raises(ImagesError) as error:
        build.tool_path("nope")
    assert str(error.value) == f"There is no tool 'nope'; there are {', '.join(sorted(build.TOOLS))}."


def test_a_tool_is_in_the_cache_once_it_is_compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONITORING_CACHE", str(tmp_path))
    assert build.tool_cached("kubectl") is None
    made = recipe.load_recipe("kubernetes")
    folder = golang.program_folder(made, system=system(), architecture=architecture())
    folder.mkdir(parents=True)
    assert build.tool_cached("kubectl") is None
    (folder / "kubectl").touch()
    assert build.tool_cached("kubectl") == build.tool_path("kubectl") == folder / "kubectl"
    with pytest.raises(ImagesError, match=r"^blackbox_exporter comes from a Debian package"):
        build.tool_cached("blackbox_exporter")
