"""A real Kafka of one broker on loopback, whose listeners ask for logins and certificates."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from tests.waiting import free_ports, until
from tests.workloads.kafka_installation import jars, listens

_READY_SECONDS = 120.0
_LISTENERS = {
    "CONTROLLER": "PLAINTEXT",
    "INNER": "PLAINTEXT",
    "OPEN": "SASL_PLAINTEXT",
    "ENCRYPTED": "SASL_SSL",
    "MUTUAL": "SSL",
}
_ADVERTISED = [name for name in _LISTENERS if name != "CONTROLLER"]
_PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule required {users};"
_SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule required;"


@dataclass(frozen=True)
class Secured:
    """Ports of the listeners: no login; a login; a login by TLS; a certificate by TLS."""

    inner: int
    open: int
    encrypted: int
    mutual: int


@contextmanager
def secured(directory: Path, certificates: Mapping[str, str], users: Mapping[str, str]) -> Iterator[Secured]:
    """The broker until the end of the block.

    Args:
        directory: a new one.
        certificates: ca.pem, server.pem and server.key.
        users: passwords of PLAIN by name; those of SCRAM are set by who is connected.
    """
    directory.mkdir()
    (directory / "ca.pem").write_text(certificates["ca.pem"], encoding="utf-8")
    # Kafka reads keys in PKCS #8 only.
    key = load_pem_private_key(certificates["server.key"].encode(), None)
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    (directory / "server.pem").write_text(text + certificates["server.pem"], encoding="utf-8")
    ports = dict(zip(_LISTENERS, free_ports(len(_LISTENERS)), strict=True))
    file = directory / "broker.properties"
    file.write_text(_properties(directory, ports, users), encoding="ascii")
    java = ["java", "-Xmx384m", "-cp", str(jars() / "*")]
    storage = [*java, "kafka.tools.StorageTool"]
    cluster = subprocess.run([*storage, "random-uuid"], capture_output=True, text=True, check=True).stdout.split()[-1]
    subprocess.run([*storage, "format", "-t", cluster, "-c", str(file)], capture_output=True, check=True)
    log = directory / "log"
    command = [*java, "kafka.Kafka", str(file)]
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output) as broker:
        try:
            up = until(
                lambda: broker.poll() is not None or all(listens("127.0.0.1", ports[name]) for name in _ADVERTISED),
                _READY_SECONDS,
            )
            assert up and broker.poll() is None, log.read_text(errors="replace")[-3000:]
            yield Secured(*(ports[name] for name in _ADVERTISED))
        finally:
            broker.kill()


def _properties(directory: Path, ports: Mapping[str, int], users: Mapping[str, str]) -> str:
    where = {name: f"{name}://127.0.0.1:{port}" for name, port in ports.items()}
    plain = _PLAIN.format(
        users=" ".join(f"user_{name}={json.dumps(text, ensure_ascii=False)}" for name, text in users.items())
    )
    found = {
        "node.id": "1",
        "process.roles": "broker,controller",
        "controller.quorum.voters": f"1@127.0.0.1:{ports['CONTROLLER']}",
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "INNER",
        "listeners": ",".join(where.values()),
        "advertised.listeners": ",".join(where[name] for name in _ADVERTISED),
        "listener.security.protocol.map": ",".join(f"{name}:{kind}" for name, kind in _LISTENERS.items()),
        "log.dirs": str(directory / "data"),
        "offsets.topic.num.partitions": "1",
        "offsets.topic.replication.factor": "1",
        "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(directory / "server.pem"),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(directory / "ca.pem"),
        "listener.name.mutual.ssl.client.auth": "required",
    }
    for listener in ("open", "encrypted"):
        found[f"listener.name.{listener}.plain.sasl.jaas.config"] = plain
        for size in (256, 512):
            found[f"listener.name.{listener}.scram-sha-{size}.sasl.jaas.config"] = _SCRAM
    return "".join(f"{name}={_escaped(text)}\n" for name, text in found.items())


def _escaped(text: str) -> str:
    """A value as Java reads it in a file of properties."""
    units = text.replace("\\", "\\\\").encode("utf-16-be")
    numbers = (int.from_bytes(units[at : at + 2], "big") for at in range(0, len(units), 2))
    return "".join(chr(number) if number < 128 else f"\\u{number:04x}" for number in numbers)
