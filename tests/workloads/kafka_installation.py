"""A real Kafka cluster of two brokers, its producer and its consumers, from Maven Central's jars."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from images.cache import folder, locked

VERSION = "4.1.0"
_JMX_AGENT = "1.0.1"
_JARS = {
    "org.apache.kafka": {"kafka_2.13": VERSION, "kafka-tools": VERSION},
    "org.slf4j": {"slf4j-simple": "1.7.36"},
    "io.prometheus.jmx": {"jmx_prometheus_javaagent": _JMX_AGENT},
}
_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"
# The names that the JMX exporter's own example for Kafka and Strimzi give.
_JMX = """\
lowercaseOutputName: true
rules:
  - pattern: kafka\\.(\\w+)<type=(.+), name=(.+)><>Value
    name: kafka_$1_$2_$3
"""
_COMMON = """\
node.id={node}
process.roles={roles}
controller.quorum.voters=1@{host}:{controller}
listeners={listeners}
advertised.listeners=PLAINTEXT://{host}:{port}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs={logs}
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
group.initial.rebalance.delay.ms=0
"""


class Kafka:
    """Broker 1, also the controller, on `port`; broker 2 on `port + 1`; their JMX exporters on `port + 10` and `+ 11`.

    Broker 1 holds the topic `orders` and what groups have committed. Broker 2 holds a copy of `copied`, and `single`
    alone. Everything listens on `host` only.
    """

    def __init__(self, directory: Path, host: str, port: int) -> None:
        self.host, self.port = host, port
        self._directory = directory
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._jars = jars()

    @property
    def bootstrap(self) -> str:
        """Where clients start."""
        return f"{self.host}:{self.port}"

    @property
    def broker_metrics(self) -> list[str]:
        """The JMX exporters of both brokers."""
        return [f"{self.host}:{self.port + 10}", f"{self.host}:{self.port + 11}"]

    def start(self) -> None:
        """Start the cluster, its topics, and one producer of `orders` with twenty messages of 1 kB a second."""
        self._directory.mkdir()
        (self._directory / "jmx.yml").write_text(_JMX, encoding="utf-8")
        cluster = self._tool("kafka.tools.StorageTool", "random-uuid").split()
        self._broker(1, cluster[-1])
        # Before broker 2 is there, so that all of it is on broker 1.
        self._topic("orders", "--partitions", "3")
        self._start(
            "producer",
            "org.apache.kafka.tools.ProducerPerformance",
            *("--topic", "orders", "--num-records", "1000000", "--record-size", "1000", "--throughput", "20"),
            *("--producer-props", f"bootstrap.servers={self.bootstrap}"),
        )
        self.consume("shipping", "group.protocol=consumer")
        self._until_committed("shipping")
        self._broker(2, cluster[-1])
        self._topic("copied", "--replica-assignment", "1:2,2:1")
        self._topic("single", "--replica-assignment", "2")

    def consume(self, group: str, *properties: str, bytes_per_second: int | None = None) -> None:
        """Start a consumer of `orders` from its beginning; a slow one is given its pace by who reads its output."""
        process = self._start(
            group,
            "org.apache.kafka.tools.consumer.ConsoleConsumer",
            *("--bootstrap-server", self.bootstrap, "--topic", "orders", "--group", group, "--from-beginning"),
            *(word for text in properties for word in ("--consumer-property", text)),
            output=subprocess.DEVNULL if bytes_per_second is None else subprocess.PIPE,
        )
        if bytes_per_second is not None:
            assert process.stdout
            threading.Thread(target=_read_slowly, args=(process.stdout, bytes_per_second), daemon=True).start()

    def stop(self, name: str) -> None:
        """End a process as an operator would: SIGTERM."""
        process = self._processes.pop(name)
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def kill(self, name: str) -> None:
        """End a process as a power cut would."""
        process = self._processes.pop(name)
        process.kill()
        process.wait()

    def stop_all(self) -> None:
        """End everything at once: clients would look for dead brokers for half a minute each."""
        for name in list(self._processes):
            self.kill(name)

    def _broker(self, node: int, cluster: str) -> None:
        port, controller = self.port + node - 1, self.port + 5
        data = f"PLAINTEXT://{self.host}:{port}"
        file = self._directory / f"broker-{node}.properties"
        file.write_text(
            _COMMON.format(
                node=node,
                roles="broker,controller" if node == 1 else "broker",
                host=self.host,
                port=port,
                controller=controller,
                listeners=f"{data},CONTROLLER://{self.host}:{controller}" if node == 1 else data,
                logs=self._directory / f"data-{node}",
            ),
            encoding="utf-8",
        )
        self._tool("kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(file))
        agent = self._jars / f"jmx_prometheus_javaagent-{_JMX_AGENT}.jar"
        metrics = f"{self.host}:{port + 10}:{self._directory / 'jmx.yml'}"
        self._start(f"broker-{node}", "kafka.Kafka", str(file), options=(f"-javaagent:{agent}={metrics}",))
        end = time.monotonic() + 90
        while not listens(self.host, port):
            assert time.monotonic() < end, f"broker {node} did not start:\n{self.log(f'broker-{node}')}"
            time.sleep(1)

    def _topic(self, name: str, *options: str) -> None:
        where = ("--bootstrap-server", self.bootstrap)
        self._tool("org.apache.kafka.tools.TopicCommand", *where, "--create", "--topic", name, *options)

    def _until_committed(self, group: str) -> None:
        end = time.monotonic() + 90
        while True:
            where = ("--bootstrap-server", self.bootstrap, "--describe", "--group", group)
            text = self._tool("org.apache.kafka.tools.consumer.group.ConsumerGroupCommand", *where)
            if f"{group} " in text and " orders " in text:
                return
            assert time.monotonic() < end, f"{group} committed nothing:\n{self.log(group)}"
            time.sleep(2)

    def log(self, name: str) -> str:
        """The last words of a process."""
        return (self._directory / f"{name}.log").read_text(encoding="utf-8", errors="replace")[-2000:]

    def _start(
        self, name: str, program: str, *arguments: str, options: Sequence[str] = (), output: int | None = None
    ) -> subprocess.Popen[bytes]:
        with (self._directory / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                self._java(program, *arguments, options=("-Xmx384m", *options)),
                stdin=subprocess.DEVNULL,
                stdout=log if output is None else output,
                stderr=log,
            )
        self._processes[name] = process
        return process

    def _tool(self, program: str, *arguments: str) -> str:
        done = subprocess.run(
            self._java(program, *arguments, options=("-Xmx128m",)),
            capture_output=True,
            text=True,
            check=False,
            timeout=90,
        )
        assert done.returncode == 0, f"{program} {' '.join(arguments)}\n{done.stdout}{done.stderr}"
        return done.stdout

    def _java(self, program: str, *arguments: str, options: Sequence[str]) -> list[str]:
        return ["java", *options, "-cp", str(self._jars / "*"), program, *arguments]


def jars() -> Path:
    """The folder of Kafka's jars, fetched once by Maven into the cache."""
    missing = [program for program in ("java", "mvn") if not shutil.which(program)]
    assert not missing, f"not on PATH: {', '.join(missing)}; Kafka needs Java 17, and Maven fetches it"
    target = folder("workloads") / f"kafka-{VERSION}"
    with locked("kafka", print):
        if not target.is_dir():
            fresh = target.with_suffix(".new")
            shutil.rmtree(fresh, ignore_errors=True)
            fresh.mkdir()
            (fresh / "pom.xml").write_text(_pom(), encoding="utf-8")
            command = ["mvn", "-q", "-B", "-ntp", "-f", str(fresh / "pom.xml"), _COPY, f"-DoutputDirectory={fresh}"]
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)
            assert done.returncode == 0, f"Maven could not fetch Kafka {VERSION}:\n{done.stdout[-2000:]}"
            fresh.rename(target)
    return target


def _pom() -> str:
    dependencies = "".join(
        f"<dependency><groupId>{group}</groupId><artifactId>{name}</artifactId><version>{version}</version></dependency>"
        for group, artifacts in _JARS.items()
        for name, version in artifacts.items()
    )
    return (
        '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
        "<groupId>tests</groupId><artifactId>kafka</artifactId><version>1</version><packaging>pom</packaging>"
        f"<dependencies>{dependencies}</dependencies></project>"
    )


def listens(host: str, port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((host, port)) == 0


def _read_slowly(stream: IO[bytes], bytes_per_second: int) -> None:
    while stream.read(bytes_per_second):
        time.sleep(1)
