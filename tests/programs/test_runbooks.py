"""The stack's own pages, served by the real server, started as its workload says."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import httpx

from images.build import tool_path
from tests.plans import workload_of
from tests.waiting import free_ports, until


def test_every_page_is_served_as_what_it_is_and_the_server_ends_when_it_is_told_to(tmp_path: Path) -> None:
    workload = workload_of("runbooks", "prod")
    assert workload.config
    pages, programs = tmp_path / "pages", tmp_path / "bin"
    for folder in (pages, programs):
        folder.mkdir()
    for name, text in workload.config.files.items():
        (pages / name).write_text(text, encoding="utf-8")
    for name in ("busybox", "sh"):
        (programs / name).symlink_to(tool_path("busybox"))
    (port,) = free_ports(1)
    # The same command, but for what two programs on one machine cannot share.
    script = workload.args[-1].replace("9096", f"127.0.0.1:{port}").replace(workload.config.mount_path, str(pages))
    server = subprocess.Popen([*workload.args[:-1], script], env={"PATH": str(programs)}, start_new_session=True)
    url = f"http://127.0.0.1:{port}"
    try:
        until(lambda: httpx.get(url, trust_env=False).is_success, 10, forgives=(httpx.TransportError,))
        for name, text in workload.config.files.items():
            answer = httpx.get(f"{url}/{name}", trust_env=False)
            assert answer.text == text
            assert answer.headers["content-type"] == f"text/{name.rpartition('.')[2]}"
        assert httpx.get(f"{url}/", trust_env=False).text == workload.config.files["index.html"]
        assert httpx.get(f"{url}/NoSuchAlert.html", trust_env=False).status_code == 404
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=10) == 0
    finally:
        # Outside a container, what the shell started outlives it.
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
