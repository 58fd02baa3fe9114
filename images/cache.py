"""Where built programs, downloads and locks are kept: never in the tree."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from platformdirs import user_cache_path

from images.errors import ImagesError
from images.process import ReportLine


def cache_root() -> Path:
    """The cache folder: `MONITORING_CACHE`, else `monitoring-stack` in the user's own cache folder.

    `operations/bootstrap.sh`, which runs before Python has any package, works out the same.
    """
    named = os.environ.get("MONITORING_CACHE")
    return Path(named).expanduser().absolute() if named else user_cache_path("monitoring-stack")


def folder(*parts: str) -> Path:
    """A folder in the cache, made when it is missing."""
    path = cache_root().joinpath(*parts)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ImagesError(
            f"The cache folder {path} cannot be made ({error.strerror}); set MONITORING_CACHE to one you can write."
        ) from error
    return path


@contextmanager
def locked(name: str, report: ReportLine) -> Iterator[None]:
    """Hold the lock of this name, so that two builds of one thing do not do the work twice."""
    path = folder("locks") / f"{name}.lock"
    with path.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            report(f"{name}: another build of it is running, waiting for that one")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
