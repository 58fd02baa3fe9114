"""Pinning images by digest, with registries that are made up. No Docker, no network."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from docker.errors import DockerException

from images import __main__, docker
from images.catalog import CATALOG, load_catalog
from images.digests import pin
from images.errors import ImagesError

ONE, TWO = "sha256:" + "11" * 32, "sha256:" + "22" * 32


class Registries:
    """Digest by reference; a reference that is not there gets the answer `manifest unknown`."""

    def __init__(self) -> None:
        self.digests: dict[str, str] = {}
        self.reason = "manifest unknown"
        self.images = SimpleNamespace(get_registry_data=self._data)

    def connected(self, patience: int = 0) -> Registries:
        return self

    def _data(self, reference: str) -> SimpleNamespace:
        if reference not in self.digests:
            raise DockerException(self.reason)
        return SimpleNamespace(id=self.digests[reference])


@pytest.fixture
def registries(monkeypatch: pytest.MonkeyPatch) -> Registries:
    made = Registries()
    monkeypatch.setattr(docker, "client", made.connected)
    return made


@pytest.fixture
def catalog(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A copy of the catalogue, of which no image is pinned yet."""
    path = tmp_path / "catalog.toml"
    text = re.sub(r'^digest = ".*"$', 'digest = ""', CATALOG.read_text(encoding="utf-8"), flags=re.MULTILINE)
    path.write_text(text, encoding="utf-8")
    monkeypatch.setattr("images.registry.load_catalog", lambda: load_catalog(path))
    return path


def tag(component: str) -> str:
    image = load_catalog()[component]
    return f"{image.registry}:{image.tag}"


def test_every_tag_gets_the_digest_it_has_now_and_nothing_else_changes(registries: Registries, catalog: Path) -> None:
    before = catalog.read_text(encoding="utf-8")
    registries.digests = {tag(name): ONE for name, image in load_catalog().items() if image.registry}
    assert pin(report=print, path=catalog) == {}
    pinned = load_catalog(catalog)
    assert {name for name, image in pinned.items() if image.digest != ONE} == {
        "demo",
        "engine-logs",
        "mongodb-exporter",
        "viewer",
    }
    assert pinned["prometheus"].reference("registry") == f"{tag('prometheus')}@{ONE}"
    assert catalog.read_text(encoding="utf-8").replace(ONE, "") == before


def test_what_became_of_each_is_told(registries: Registries, catalog: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registries.digests = {tag("prometheus"): ONE, tag("redis"): ONE}
    said: list[str] = []
    pin(["prometheus", "redis"], said.append, catalog)
    registries.digests[tag("redis")] = TWO
    pin(["prometheus", "redis", "demo"], said.append, catalog)
    assert said == [
        f"prometheus: {tag('prometheus')} is {ONE}",
        f"redis: {tag('redis')} is {ONE}",
        f"prometheus: {tag('prometheus')} is unchanged",
        f"redis: {tag('redis')} moved from {ONE} to {TWO}",
    ]
    assert load_catalog(catalog)["redis"].digest == TWO


def test_one_registry_that_does_not_answer_keeps_the_others_from_nothing(registries: Registries, catalog: Path) -> None:
    registries.digests = {tag("redis"): ONE}
    said: list[str] = []
    failures = pin(["redis", "cadvisor", "prometheus"], said.append, catalog)
    assert failures == dict.fromkeys(["cadvisor", "prometheus"], "no digest: manifest unknown.")
    assert said[-1] == "cadvisor, prometheus: no digest: manifest unknown."
    assert load_catalog(catalog)["redis"].digest == ONE
    assert load_catalog(catalog)["cadvisor"].digest == ""


def test_where_no_registry_answers_the_file_stays_as_it_is(registries: Registries, catalog: Path) -> None:
    registries.reason = "no such host"
    before = catalog.read_bytes()
    said: list[str] = []
    with pytest.raises(ImagesError) as error:
        pin(["cadvisor", "prometheus"], said.append, catalog)
    assert said == ["cadvisor, prometheus: no digest: no such host."]
    assert str(error.value) == (
        "No image registry gave a digest: catalog.toml stays as it is, and images without a digest go by their"
        " tags. Run `make pins` on a machine that reaches the registries, and commit the file."
    )
    assert catalog.read_bytes() == before


@pytest.mark.parametrize(
    ("failures", "status", "said"),
    [
        ({}, 0, "images/catalog.toml is up to date. If it changed, run `make render` and commit both.\n"),
        ({"redis": "no"}, 1, "Not pinned: redis; their digests stay as they are. Check their tags in"),
    ],
)
def test_the_command_says_what_to_do_next(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    failures: dict[str, str],
    status: int,
    said: str,
) -> None:
    asked: list[object] = []

    def pretend(names: object, report: object) -> dict[str, str]:
        asked.append(names)
        return failures

    monkeypatch.setattr("images.digests.pin", pretend)
    assert __main__.main(["pins", "redis"]) == status
    assert __main__.main(["pins"]) == status
    assert asked == [["redis"], None]
    captured = capsys.readouterr()
    assert said in captured.out + captured.err
