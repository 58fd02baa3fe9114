"""What is asked of the Docker daemon, with a client that is made up. No Docker, no network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from docker.errors import APIError, BuildError, DockerException, ImageNotFound
from requests import ConnectionError as NoConnection
from requests import Response
from urllib3.exceptions import ReadTimeoutError

from images import docker, registry
from images.catalog import load_catalog
from images.errors import ImagesError


def refused(status: int, explanation: str) -> APIError:
    """An error as the SDK makes it of the daemon's answer."""
    response = Response()
    response.status_code = status
    return APIError("refused", response=response, explanation=explanation)


class Daemon:
    """The part of the SDK's client that is used; `stream` and `trouble` are what the next long request makes."""

    def __init__(self, images: dict[str, SimpleNamespace] | None = None) -> None:
        self.local = images or {}
        self.stream: list[dict[str, str]] = []
        self.trouble: Exception | None = None
        self.loaded: dict[str, SimpleNamespace] = {}
        self.requests: list[str] = []
        self.patience = 0
        self.api = SimpleNamespace(pull=self._pull)
        self.images = SimpleNamespace(
            get=self._get,
            load=self._load,
            remove=self._remove,
            build=self._build,
        )

    def connected(self, patience: int = 900) -> Daemon:
        self.patience = patience
        return self

    def _get(self, reference: str) -> SimpleNamespace:
        if reference not in self.local:
            raise ImageNotFound("no such image")
        return self.local[reference]

    def _pull(self, reference: str, *, stream: bool, decode: bool) -> Iterator[dict[str, str]]:
        assert stream
        assert decode
        self.requests.append(f"pull {reference}")
        yield from self.stream
        if self.trouble:
            raise self.trouble

    def _load(self, archive: Any) -> None:
        assert archive.read() == b"an archive"
        if self.trouble:
            raise self.trouble
        self.local |= self.loaded

    def _remove(self, image: str) -> None:
        self.requests.append(f"remove {image}")
        if self.trouble:
            raise self.trouble

    def _build(self, **words: Any) -> None:
        self.requests.append(f"build {words['path']} with {words['dockerfile']} as {words['tag']}, {words['labels']}")
        if self.trouble:
            raise self.trouble


def image(number: str, **labels: str) -> SimpleNamespace:
    return SimpleNamespace(id=number, labels=labels)


@pytest.fixture
def daemon(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Daemon:
    monkeypatch.setenv("MONITORING_CACHE", str(tmp_path / "cache"))
    made = Daemon()
    monkeypatch.setattr(docker, "client", made.connected)
    return made


def test_a_daemon_that_does_not_answer_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(timeout: int) -> None:
        raise DockerException("Error while fetching server API version: refused")

    monkeypatch.setattr("docker.from_env", refuse)
    docker.client.cache_clear()
    with pytest.raises(ImagesError) as error:
        docker.require_daemon()
    assert str(error.value) == (
        "No Docker daemon answers; start it, or set DOCKER_HOST. Error while fetching server API version: refused."
    )
    assert not registry.registry_answers()


def test_the_recipe_of_an_image(daemon: Daemon) -> None:
    daemon.local = {"a:1": image("1", **{docker.RECIPE_LABEL: "abc"}), "b:1": image("2")}
    assert docker.recipe_of("a:1") == "abc"
    assert docker.recipe_of("b:1") == ""
    assert docker.recipe_of("c:1") is None


def test_an_image_is_present_by_the_reference_it_has(daemon: Daemon) -> None:
    daemon.local = {"a:1": image("1")}
    assert docker.is_present("a:1")
    assert not docker.is_present("a:2")


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (refused(404, "manifest for a:1 not found: manifest unknown"), "manifest for a:1 not found: manifest unknown."),
        (NoConnection("connection reset"), "connection reset."),
        (ReadTimeoutError(None, "/", "Read timed out."), "None: Read timed out."),  # type: ignore[arg-type]
    ],
    ids=["refused", "no daemon any more", "silence"],
)
def test_a_pull_that_fails_is_told_in_the_daemons_words(daemon: Daemon, trouble: Exception, words: str) -> None:
    daemon.trouble = trouble
    with pytest.raises(ImagesError) as error:
        docker.pull("a:1", what="thing", report=print)
    assert str(error.value) == f"thing: pulling a:1 failed: {words}"


def test_an_error_in_the_middle_of_a_pull_is_an_error(daemon: Daemon) -> None:
    daemon.stream = [{"status": "Downloading"}, {"error": "no space left on device"}]
    with pytest.raises(ImagesError) as error:
        docker.pull("a:1", what="thing", report=print)
    assert str(error.value) == "thing: pulling a:1 failed: no space left on device."


def test_a_registry_answers_when_the_smallest_image_can_be_pulled(daemon: Daemon) -> None:
    daemon.stream = [{"status": "Status: Image is up to date"}]
    assert registry.registry_answers(patience=7)
    assert daemon.patience == 7
    assert daemon.requests == [f"pull {load_catalog()['busybox'].reference('registry')}"]
    daemon.stream = [{"error": "denied"}]
    assert not registry.registry_answers()


def test_what_cannot_be_pulled_is_named_and_what_has_no_upstream_is_passed_over(daemon: Daemon) -> None:
    said: list[str] = []
    reference = load_catalog()["prometheus"].reference("registry")
    assert registry.pull(["prometheus", "demo"], said.append) == {}
    assert daemon.requests == [f"pull {reference}"]
    assert said == [
        f"prometheus: pulling {reference}",
        "prometheus: pulled",
        "demo: has no upstream image, it is built",
    ]
    daemon.stream = [{"error": "denied"}]
    assert registry.pull(["prometheus"], said.append) == {
        "prometheus": f"prometheus: pulling {reference} failed: denied."
    }


def load(tmp_path: Path) -> None:
    archive = tmp_path / "image.tar"
    archive.write_bytes(b"an archive")
    docker.load(archive, "a:1", what="thing", report=print)


def test_a_loaded_image_takes_the_place_of_the_one_before(daemon: Daemon, tmp_path: Path) -> None:
    daemon.loaded = {"a:1": image("new")}
    load(tmp_path)
    assert daemon.requests == [], "there was none before"
    load(tmp_path)
    assert daemon.requests == [], "it is the same image"
    daemon.loaded = {"a:1": image("newer")}
    load(tmp_path)
    assert daemon.requests == ["remove new"]


def test_an_image_before_that_is_still_used_stays(daemon: Daemon, tmp_path: Path) -> None:
    daemon.local = {"a:1": image("old")}
    daemon.loaded = {"a:1": image("new")}

    def in_use(_: str) -> None:
        raise refused(409, "image is being used by running container")

    daemon.images.remove = in_use
    load(tmp_path)
    assert daemon.local["a:1"].id == "new"


def test_a_load_that_fails_says_why(daemon: Daemon, tmp_path: Path) -> None:
    daemon.trouble = refused(500, "no space left on device")
    with pytest.raises(ImagesError) as error:
        load(tmp_path)
    assert str(error.value) == "thing: loading the image failed: no space left on device."


def test_a_build_that_fails_keeps_its_whole_output(daemon: Daemon, tmp_path: Path) -> None:
    file = Path("/elsewhere/Dockerfile")
    docker.build(tmp_path, file, "a:1", {"label": "x"}, what="thing", report=print)
    assert daemon.requests == [f"build {tmp_path} with {file} as a:1, {{'label': 'x'}}"]
    output = [{"stream": "Step 1/2 : FROM x\n"}, {"stream": "no such package\n"}, {"error": "returned 1"}]
    daemon.trouble = BuildError("The command 'pip install' returned 1", iter(output))
    with pytest.raises(ImagesError) as error:
        docker.build(tmp_path, file, "a:1", {}, what="thing", report=print)
    log = tmp_path / "cache" / "logs" / "thing-build.log"
    assert str(error.value) == (
        "thing: building from its Dockerfile failed: The command 'pip install' returned 1."
        f" The whole output is in {log}."
    )
    assert log.read_text(encoding="utf-8") == "Step 1/2 : FROM x\nno such package\n"
