"""The few things that are asked of the Docker daemon, through its command line client."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from images.cache import cache_root
from images.errors import ImagesError
from images.process import Report, run_long, run_short

RECIPE_LABEL = "monitoring.recipe"
"""Label that says which recipe hash an image was made from."""


def command() -> str:
    """The Docker client; an error says that there is none."""
    found = shutil.which("docker")
    if not found:
        raise ImagesError("There is no docker command on the PATH; install Docker.")
    return found


def require_daemon() -> None:
    """Fail with one sentence when no daemon answers."""
    try:
        run_short([command(), "version", "--format", "{{.Server.Version}}"], what="docker", timeout=20)
    except ImagesError as error:
        raise ImagesError(f"No Docker daemon answers; start it, or set DOCKER_HOST. {error}") from error


def recipe_of(reference: str) -> str | None:
    """The recipe hash of a local image: empty when it has none, None when there is no such image."""
    facts = _inspect(reference)
    if facts is None:
        return None
    labels = facts.get("Config", {}).get("Labels") or {}
    return str(labels.get(RECIPE_LABEL, ""))


def digest_of(reference: str) -> str:
    """The registry's digest of a pulled image, empty when the daemon knows none."""
    facts = _inspect(reference)
    digests: list[str] = (facts or {}).get("RepoDigests") or []
    return digests[0].partition("@")[2] if digests else ""


def image_id(reference: str) -> str | None:
    """The id of a local image."""
    facts = _inspect(reference)
    return None if facts is None else str(facts["Id"])


def present() -> set[str]:
    """The references of all local images, `name:tag`."""
    listed = run_short([command(), "image", "ls", "--format", "{{.Repository}}:{{.Tag}}"], what="docker")
    return set(listed.split())


def load(archive: Path, reference: str, *, what: str, report: Report) -> None:
    """Load an image archive. The image that had the name before is removed when nothing uses it."""
    before = image_id(reference)
    run_long(
        [command(), "load", "--quiet", "--input", str(archive)],
        what=what,
        doing="loading the image",
        report=report,
        log=cache_root() / "logs" / f"{what}-load.log",
    )
    if before and before != image_id(reference):
        # Fails while a container runs on it, and then it stays.
        subprocess.run([command(), "image", "rm", before], capture_output=True, check=False)


def build(context: Path, reference: str, labels: dict[str, str], *, what: str, report: Report) -> None:
    """Build a Dockerfile whose base image comes from a registry."""
    words = [word for name, value in labels.items() for word in ("--label", f"{name}={value}")]
    run_long(
        [command(), "build", "--quiet", *words, "--tag", reference, str(context)],
        what=what,
        doing="building from its Dockerfile",
        report=report,
        log=cache_root() / "logs" / f"{what}-build.log",
    )


def _inspect(reference: str) -> dict[str, Any] | None:
    done = subprocess.run(
        [command(), "image", "inspect", reference], capture_output=True, text=True, timeout=60, check=False
    )
    if done.returncode != 0:
        return None
    facts: list[dict[str, Any]] = json.loads(done.stdout)
    return facts[0]
