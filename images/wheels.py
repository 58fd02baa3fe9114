"""Unpacking wheels from PyPI into a folder, with pip or with uv, whichever is there."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path

from images.cache import cache_root, folder, locked
from images.errors import ImagesError
from images.machine import machine
from images.process import ReportLine, run_long
from images.recipe import PINS

# What Debian 12's libc (2.36) can run, newest first.
_PLATFORMS = ("manylinux_2_34", "manylinux_2_31", "manylinux_2_28", "manylinux_2_17", "manylinux2014")


def unpack(requirements: Path, target: Path, *, what: str, report: ReportLine, python: str) -> None:
    """Put the wheels of a requirements file into `target`: by version and hash, nothing is resolved, nothing is run."""
    log = cache_root() / "logs" / f"{what}-wheels.log"
    run_long(
        _command(requirements, target, python),
        what=what,
        doing="fetching Python packages",
        report=report,
        log=log,
    )


def pinned(name: str, *, report: ReportLine) -> Path:
    """The folder of a wheel that this package pins by hash, fetched once."""
    requirements = PINS / f"{name}.txt"
    version = next(
        line.split("==")[1].split()[0]
        for line in requirements.read_text(encoding="utf-8").splitlines()
        if line.startswith(f"{name}==")
    )
    target = folder("tools") / f"{name}-{version}-{machine()}"
    with locked(name, report):
        if not target.is_dir():
            fresh = target.with_suffix(".new")
            shutil.rmtree(fresh, ignore_errors=True)
            unpack(requirements, fresh, what=name, report=report, python="3.11")
            fresh.rename(target)
    return target


def _command(requirements: Path, target: Path, python: str) -> list[str]:
    common = ["--quiet", "--target", str(target), "--no-deps", "--only-binary", ":all:", "--python-version", python]
    common += ["--require-hashes", "--requirement", str(requirements)]
    # pip first: it follows the machine's own pip settings (mirror, certificates); uv does not read those.
    if importlib.util.find_spec("pip"):
        pip = [sys.executable, "-m", "pip"]
    elif shutil.which("pip3"):
        pip = ["pip3"]
    elif shutil.which("uv"):
        return ["uv", "pip", "install", "--python-platform", f"{machine()}-unknown-linux-gnu", *common]
    else:
        raise ImagesError("Neither pip nor uv is on the PATH; install one of them.")
    platforms = [word for name in _PLATFORMS for word in ("--platform", f"{name}_{machine()}")]
    return [*pip, "install", "--disable-pip-version-check", "--no-warn-script-location", *platforms, *common]
