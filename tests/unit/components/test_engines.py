"""Who asks container engines for output, and the agent that reads what it writes."""

from __future__ import annotations

import re

from components.logs.names import ENGINE_LOGS, LINK, LINKS
from tests.conftest import Deploy, Deployment

DOCKER, PODMAN = "/var/run/docker.sock", "/run/podman/podman.sock"


def test_without_a_socket_nobody_asks(dev: Deployment) -> None:
    assert not [name for name in dev.containers if name.startswith("engine-logs")]
    (receiver,) = dev.document("collector-agent", "agent.yaml")["receivers"].values()
    assert len(receiver["include"]) == 1


def test_each_engine_has_one_that_asks_it_without_root_and_starts_after_the_agent(deployed: Deploy) -> None:
    stack = deployed("dev", docker={"log_sockets": [DOCKER, PODMAN], "socket_group": 998, "data_root": "/data/docker"})
    for name, socket in (("engine-logs", DOCKER), ("engine-logs-2", PODMAN)):
        inputs = stack.container(name)
        assert (inputs["user"], inputs["groupAdds"]) == ("65534:65534", ["998"])
        mounted = {volume["containerPath"]: volume for volume in inputs["volumes"]}
        assert mounted[socket]["hostPath"] == socket
        assert mounted[socket]["readOnly"]
        options = dict(zip(inputs["command"][::2], inputs["command"][1::2], strict=True))
        assert options["--socket"] == socket
        assert options["--folder"] == f"{ENGINE_LOGS}{socket}"
        assert options["--data-root"] == "/data/docker"
        assert "collector-agent" in stack.first_of(name)
    # It belongs to those who write into it.
    (script,) = stack.container("prepare")["command"]
    assert "chown 65534:65534 /volumes/engine-logs" in script


def test_the_agent_reads_what_they_write_and_prometheus_watches_them(deployed: Deploy) -> None:
    stack = deployed("dev", docker={"log_sockets": [DOCKER, PODMAN], "socket_group": 998})
    (receiver,) = stack.document("collector-agent", "agent.yaml")["receivers"].values()
    assert receiver["include"] == [f"{LINKS}/*/*-json.log", f"{ENGINE_LOGS}/**/*-json.log"]
    assert ENGINE_LOGS in {volume["containerPath"] for volume in stack.container("collector-agent")["volumes"]}
    jobs = {job["job_name"]: job for job in stack.document("prometheus", "prometheus.yml")["scrape_configs"]}
    assert jobs["engine-logs"]["static_configs"][0]["targets"] == ["engine-logs:9109", "engine-logs-2:9109"]


def test_folders_of_either_kind_say_whose_they_are() -> None:
    for folder in (f"{LINKS}/ab12,web,shop,web", f"{ENGINE_LOGS}/run/user/1000/docker.sock/ab12,web,shop,web"):
        found = re.match(LINK, f"{folder}/ab12-stdout-json.log")
        assert found and found.groupdict() == {"name": "web", "project": "shop", "service": "web"}
