"""The reader of engines before the machine's own Docker, killed again and again while containers write."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import docker
import pytest
from docker.errors import ImageNotFound
from docker.models.images import Image
from docker.types import LogConfig

from images.catalog import load_catalog
from tests.stacks import ROOT
from tests.waiting import free_ports, until
from workloads.place import Place

LINES = 600
# Docker cuts the long line into parts; a line on standard error stands between.
SCRIPT = f"""
i=0
while [ $i -lt {LINES} ]; do
  echo "line $i"
  i=$((i+1))
  [ $((i % 20)) -ne 0 ] || busybox sleep 0.2
done
busybox head -c 40000 /dev/zero | busybox tr '\\0' y; echo
echo failed >&2
printf 'a\\001\\n{{"log":"x"}}\\n'
"""


@contextmanager
def reading(folder: Path) -> Iterator[None]:
    """The reader, killed at the end."""
    command = ["--socket", Place.engine_socket, "--folder", str(folder), "--data-root", Place.engine_data]
    (port,) = free_ports(1)
    process = subprocess.Popen([sys.executable, "-m", "exporters.engine", *command, "--port", str(port)], cwd=ROOT)
    try:
        yield
    finally:
        process.kill()
        process.wait()


def written(folder: Path, stream: str) -> str:
    """What stands in the file of the only container."""
    lines = [line for path in folder.glob(f"*/*-{stream}-json.log") for line in path.read_bytes().splitlines()]
    return "".join(json.loads(line)["log"] for line in lines)


def is_written(folder: Path, line: str) -> bool:
    return line in written(folder, "stdout")


def _image(client: docker.DockerClient) -> Image:
    catalogued = load_catalog()["busybox"]
    try:
        return client.images.get(catalogued.reference("built"))
    except ImageNotFound:
        return client.images.get(catalogued.reference("registry"))


@pytest.mark.parametrize(
    ("driver", "options"),
    [("local", {}), ("syslog", {"syslog-address": "udp://127.0.0.1:5514"})],
    ids=["a format of Docker's own", "a driver that sends away"],
)
def test_output_without_a_file_is_written_whole_and_once_however_often_the_reader_is_killed(
    client: docker.DockerClient, tmp_path: Path, driver: str, options: dict[str, str]
) -> None:
    folder, name = tmp_path / "out", f"monitoring-test-output-{driver}"
    with reading(folder):
        assert until(lambda: (folder / ".began").exists(), 60)
    container = client.containers.create(
        _image(client),
        ["sh", "-c", SCRIPT],
        name=name,
        log_config=LogConfig(type=driver, config=options),
        network_mode="none",
    )
    try:
        container.start()
        for share in (5, 3, 2):
            with reading(folder):
                wanted = f"line {LINES // share}\n"
                assert until(partial(is_written, folder, wanted), 60)
        with reading(folder):
            assert until(lambda: '{"log":"x"}\n' in written(folder, "stdout"), 60)
            assert until(lambda: written(folder, "stderr") == "failed\n", 60)
    finally:
        container.remove(force=True)
    lines = "".join(f"line {number}\n" for number in range(LINES))
    assert written(folder, "stdout") == f'{lines}{"y" * 40_000}\na\x01\n{{"log":"x"}}\n'
    assert [path.name for path in folder.glob("*,*")] == [f"{str(container.id)[:12]},{name},,"]
