"""Running other programs: quietly, with a sign of life while they work, and with errors that say what failed."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from images.errors import ImagesError

ReportLine = Callable[[str], None]

HEARTBEAT = 20.0
"""Seconds between two signs of life of something that takes long."""

COST_SUFFIX = ".cost.json"


def duration(seconds: float) -> str:
    """Seconds in the form people read: `4 s`, `3 min 05 s`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60:02d} s"


@contextmanager
def signs_of_life(what: str, doing: str, report: ReportLine) -> Iterator[None]:
    """Report every `HEARTBEAT` seconds that it still goes on, as long as the block runs."""
    started = time.monotonic()
    ended = threading.Event()

    def tell() -> None:
        while not ended.wait(HEARTBEAT):
            report(f"{what}: still {doing}, {duration(time.monotonic() - started)}")

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        ended.set()
        teller.join()


def run_long(
    command: Sequence[str],
    *,
    what: str,
    doing: str,
    report: ReportLine,
    log: Path,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Run a program that may take minutes. Its output goes to `log`; a heartbeat goes to `report`.

    Once it has succeeded, what it cost is beside `log` as JSON: `component`, `step`, and `cpu` and `wall` in seconds.
    """
    started = time.monotonic()
    cpu_before = _cpu_of_children()
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        try:
            process = subprocess.Popen(
                command,
                cwd=cwd,
                env={**os.environ, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        except OSError as error:
            raise ImagesError(f"{what}: {command[0]} cannot be run ({error.strerror}); install it.") from error
        try:
            with signs_of_life(what, doing, report):
                status = process.wait()
        except BaseException:
            # Ctrl-C and the like: the program must not go on without us.
            process.terminate()
            process.wait()
            raise
    if status != 0:
        raise ImagesError(f"{what}: {doing} failed: {_last_words(log)} The whole output is in {log}.")
    cost = {
        "component": what,
        "step": doing,
        "cpu": round(_cpu_of_children() - cpu_before, 1),
        "wall": round(time.monotonic() - started, 1),
    }
    log.with_suffix(COST_SUFFIX).write_text(json.dumps(cost) + "\n", encoding="utf-8")


def _cpu_of_children() -> float:
    """Seconds of CPU, user and system, of all programs that this one has run so far, and of theirs."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def run_short(
    command: Sequence[str],
    *,
    what: str,
    timeout: float = 60.0,
    environment: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> str:
    """Run a program that answers soon and return what it printed."""
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
    except OSError as error:
        raise ImagesError(f"{what}: {command[0]} cannot be run ({error.strerror}); install it.") from error
    except subprocess.TimeoutExpired as error:
        raise ImagesError(f"{what}: {command[0]} did not answer within {duration(timeout)}.") from error
    if done.returncode != 0:
        words = one_line(done.stderr or done.stdout) or f"exit status {done.returncode}"
        raise ImagesError(f"{what}: {words}")
    return done.stdout


def _last_words(log: Path) -> str:
    text = log.read_text(encoding="utf-8", errors="replace")
    return one_line(text) or "it printed nothing."


def one_line(text: str) -> str:
    """The last line that says something, as a sentence of at most 300 characters."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        return ""
    line = lines[-1][:300]
    return line if line.endswith(".") else line + "."
