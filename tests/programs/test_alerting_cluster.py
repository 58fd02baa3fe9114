"""`availability: high` in the real programs: one Alertmanager and one Prometheus die, and every message comes once.

Three Alertmanagers and two Prometheus run on loopback with what is rendered for them. Only addresses, the times that a
group waits and the list of what is scraped are others: one service, which a stand-in plays.
"""

from __future__ import annotations

import re
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from components.collector_gateway import ALERTS_PATH
from components.endpoints import ALERTMANAGER, GATEWAY_ALERTS, PROMETHEUS, GuardedEndpoint
from components.replicas import alertmanagers, prometheuses
from images.build import tool_path
from tests.plans import program_of
from tests.programs.placed import Placed, write_files
from tests.standins.http import Answer, HttpStandin
from tests.waiting import free_ports, until
from workloads.program import Program
from workloads.workload import Workload

SERVICE = "shop-api"
CHAT, HISTORY = "chat", "history"
_PATIENCE = 120.0
# Long enough that a message is not on its way yet when all replicas know the alert.
_GROUP_WAIT = "20s"
# What a replica waits for each one before it. The last has waited before a group's next round, as with the real times:
# else it would still hold for firing what another has told as resolved.
_PEER_TIMEOUT = "5s"
_GROUP_INTERVAL = "15s"


class Target:
    """A service that answers Prometheus, until it is told not to."""

    def __init__(self) -> None:
        self.answers = True
        target = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200 if target.answers else 503)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Target:
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@dataclass
class Replica:
    """One running program."""

    name: str
    process: subprocess.Popen[bytes]
    client: httpx.Client
    log: Path

    def get(self, path: str) -> Any:
        return self.client.get(path).raise_for_status().json()

    def answers(self) -> bool:
        assert self.process.poll() is None, self.log.read_text(encoding="utf-8")
        return self.client.get("/-/ready").status_code == httpx.codes.OK

    def kill(self) -> None:
        """As a machine ends it that has no memory left: nothing is said to the others, nothing is written."""
        self.process.kill()
        self.process.wait(timeout=30)


@dataclass
class Cluster:
    """Everything that runs."""

    target: Target
    web: HttpStandin
    alertmanagers: list[Replica]
    prometheuses: list[Replica]
    names: Mapping[str, str] = field(default_factory=dict)

    def is_complete(self) -> bool:
        """Whether all replicas know of each other, and each Prometheus of all Alertmanagers and of the service."""
        states = [replica.get("/api/v2/status")["cluster"] for replica in self.alertmanagers]
        everyone = len(self.alertmanagers)
        known = [len(one.get("/api/v1/alertmanagers")["data"]["activeAlertmanagers"]) for one in self.prometheuses]
        return (
            all(state["status"] == "ready" and len(state["peers"]) == everyone for state in states)
            and known == [everyone] * len(self.prometheuses)
            and all(self._sees_service(one) for one in self.prometheuses)
        )

    def _sees_service(self, prometheus: Replica) -> bool:
        answer = prometheus.get(f'/api/v1/query?query=up{{job="{SERVICE}"}}')
        return [sample["value"][1] for sample in answer["data"]["result"]] == ["1"]

    def know_alert(self) -> bool:
        """Whether every Alertmanager has the alert, and it is one alert."""
        path = f'/api/v2/alerts?filter=service="{SERVICE}"'
        return all(len(replica.get(path)) == 1 for replica in self.alertmanagers)

    def are_through(self) -> bool:
        """Whether every Alertmanager that lives has told or left out all there was to tell.

        A group goes once its last alert is told as resolved. Rounds of a group come one after the other, so whatever
        an earlier round would have sent is sent by then.
        """
        return all(
            _metric(replica, "alertmanager_dispatcher_aggregation_groups") == 0 for replica in self.alertmanagers
        )

    def told(self, receiver: str) -> list[tuple[str, int]]:
        """The status and the number of alerts of each message about the service."""
        bodies = [message.body for message in self.web.taken[receiver]]
        return [
            (body["status"], len(body["alerts"])) for body in bodies if body["groupLabels"].get("service") == SERVICE
        ]

    def have_heard(self, messages: int) -> bool:
        """Whether every Alertmanager but the one that sends has heard from it that so many messages are sent."""
        others = [replica for replica in self.alertmanagers if replica != self.sender]
        return all(
            _metric(other, "alertmanager_nflog_gossip_messages_propagated_total") >= messages for other in others
        )

    @property
    def sender(self) -> Replica:
        """The Alertmanager whose turn it is first: they are in the order of their names in the cluster."""
        return min(self.alertmanagers, key=lambda replica: str(self.names[replica.name]))

    def learn_names(self) -> None:
        self.names = {one.name: one.get("/api/v2/status")["cluster"]["name"] for one in self.alertmanagers}

    def lose_one_of_each(self) -> None:
        """End the Alertmanager that would send, and the Prometheus that people look at."""
        sender, (first, *others) = self.sender, self.prometheuses
        for lost in (sender, first):
            lost.kill()
        self.alertmanagers = [replica for replica in self.alertmanagers if replica != sender]
        self.prometheuses = others


def _metric(replica: Replica, name: str) -> float:
    """A gauge or counter without labels."""
    found = re.search(rf"^{name} (\S+)$", replica.client.get("/metrics").text, re.MULTILINE)
    assert found, name
    return float(found[1])


def _program(target: Target, web: HttpStandin) -> Program:
    return program_of(
        "dev",
        availability="high",
        environment="production",
        services=[{"name": SERVICE, "kind": "http", "target": target.address}],
        demo=None,
        prometheus={"scrape_interval": "1s", "evaluation_interval": "1s"},
        alerts={"ServiceDown": {"for": "2s"}},
        receivers={CHAT: {"webhook": {"url": f"{web.url(CHAT)}/in"}}},
        teams=None,
        alerting={"default": CHAT},
    )


def _addresses(program: Program, web: HttpStandin) -> Mapping[str, str]:
    """Where on loopback everything is that the rendered files name."""
    replicas = [*alertmanagers(program.settings), *prometheuses(program.settings)]
    gossiping = alertmanagers(program.settings)
    ports = free_ports(len(replicas) + len(gossiping))
    found = {replica.address: f"127.0.0.1:{ports.pop()}" for replica in replicas}
    found |= {f"{replica.workload}:9094": f"127.0.0.1:{ports.pop()}" for replica in gossiping}
    return found | {f"{GATEWAY_ALERTS.url}{ALERTS_PATH}": web.url(HISTORY)}


def _moved(text: str, addresses: Mapping[str, str]) -> str:
    for there, here in addresses.items():
        text = re.sub(rf"(?<![\w-]){re.escape(there)}", here, text)
    return text


def _sooner(route: dict[str, Any]) -> None:
    """The same tree, but its groups wait less."""
    route |= {"group_wait": _GROUP_WAIT, "group_interval": _GROUP_INTERVAL}
    for below in route.get("routes", ()):
        _sooner(below)


def _only_the_service(document: dict[str, Any]) -> None:
    document["scrape_configs"] = [job for job in document["scrape_configs"] if job["job_name"] == SERVICE]
    # Without the heartbeat, and without the jobs that are left out, there is nothing to tell but of the service.
    document["rule_files"] = ["rules/services.rules.yml"]


def _place(workload: Workload, folder: Path, addresses: Mapping[str, str]) -> Placed:
    placed = write_files(workload, folder / workload.name, folder / "secrets.json")
    for file in (placed.config / "alertmanager.yml", placed.config / "prometheus.yml"):
        if file.exists():
            document = yaml.safe_load(_moved(file.read_text(encoding="utf-8"), addresses))
            if "route" in document:
                _sooner(document["route"])
            else:
                _only_the_service(document)
            file.write_text(yaml.safe_dump(document), encoding="utf-8")
    return placed


@contextmanager
def _running(
    workload: Workload, first: GuardedEndpoint, folder: Path, addresses: Mapping[str, str]
) -> Iterator[Replica]:
    placed, name = _place(workload, folder, addresses), workload.name
    listens = addresses[f"{name}:{first.port}"]
    own = [f"--web.listen-address={listens}"]
    arguments = [_moved(argument, addresses) for argument in placed.args]
    if first == ALERTMANAGER:
        gossip = addresses[f"{name}:9094"]
        own += [f"--cluster.advertise-address={gossip}", f"--cluster.peer-timeout={_PEER_TIMEOUT}"]
        arguments = [
            argument.replace("0.0.0.0:9094", gossip) for argument in arguments if "peer-timeout" not in argument
        ]
    password = (placed.secrets / first.login.secret).read_text(encoding="utf-8")
    log = folder / f"{name}.log"
    with (
        log.open("w") as output,
        httpx.Client(base_url=f"http://{listens}", auth=(first.login.username, password), timeout=30) as client,
    ):
        process = subprocess.Popen([str(tool_path(first.workload)), *arguments, *own], stdout=output, stderr=output)
        try:
            yield Replica(name, process, client, log)
        finally:
            process.terminate()
            process.wait(timeout=30)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """A stack of high availability whose service is up."""
    with ExitStack() as stack:
        target = stack.enter_context(Target())
        web = stack.enter_context(HttpStandin(dict.fromkeys((CHAT, HISTORY), lambda _: Answer(200))))
        program = _program(target, web)
        addresses = _addresses(program, web)
        running: dict[str, list[Replica]] = {ALERTMANAGER.workload: [], PROMETHEUS.workload: []}
        for workload in program.workloads:
            for first in (ALERTMANAGER, PROMETHEUS):
                if workload.first_name == first.workload:
                    replica = stack.enter_context(_running(workload, first, tmp_path, addresses))
                    running[first.workload].append(replica)
        found = Cluster(target, web, running[ALERTMANAGER.workload], running[PROMETHEUS.workload])
        replicas = [*found.alertmanagers, *found.prometheuses]
        assert until(lambda: all(one.answers() for one in replicas), _PATIENCE, forgives=(httpx.HTTPError,))
        assert until(found.is_complete, _PATIENCE, forgives=(httpx.HTTPError,))
        found.learn_names()
        yield found


def _is_told(cluster: Cluster, status: str) -> None:
    """Wait until both receivers were told."""

    def told() -> bool:
        return all(status in dict(cluster.told(receiver)) for receiver in (CHAT, HISTORY))

    assert until(told, _PATIENCE), cluster.web.taken


def _comes_to_an_end(cluster: Cluster) -> None:
    """The service answers again, and all is told that was to be told."""
    cluster.target.answers = True
    _is_told(cluster, "resolved")
    assert until(cluster.are_through, _PATIENCE)


def test_replicas_that_die_before_the_message_take_none_with_them(cluster: Cluster) -> None:
    cluster.target.answers = False
    assert until(cluster.know_alert, _PATIENCE)
    assert cluster.told(CHAT) == []
    cluster.lose_one_of_each()
    _is_told(cluster, "firing")
    _comes_to_an_end(cluster)
    assert cluster.told(CHAT) == [("firing", 1), ("resolved", 1)]


def test_replicas_that_die_after_the_message_leave_nobody_to_send_it_again(cluster: Cluster) -> None:
    cluster.target.answers = False
    _is_told(cluster, "firing")
    sent = sum(len(messages) for messages in cluster.web.taken.values())
    assert until(lambda: cluster.have_heard(sent), _PATIENCE)
    cluster.lose_one_of_each()
    _comes_to_an_end(cluster)
    assert cluster.told(CHAT) == [("firing", 1), ("resolved", 1)]
