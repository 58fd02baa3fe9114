"""A real Kafka that asks for logins and certificates, read by the exporters that stack files make for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import docker
import pytest

from images.catalog import load_catalog
from tests.live.logging_in import CERTIFIED, VERIFIED, Exporters, authority
from tests.workloads.kafka_secured import Secured, secured

# User and password of SCRAM, where Kafka knows users in ASCII alone.
AWKWARD = {
    "blanks": ("my monitor", " pa  ss "),
    "quotes": ("a'b\"c\\d", "q'u\"o\\te`"),
    "comments": ("#a;b", "#p;s #s"),
    "signs": ("@r/o:l?e%20,=3D", "@p/s:w%20d?x=y&z,$HOME${A}$$"),
    "unicode": ("monitor", "pässwörd🚀日本語"),
}
PLAIN = {"monitor": "q'u\"o\\te;#$HOME @/:%20", "J-1": " pässwörd🚀 "}
MECHANISMS = {"scram-sha256": 1, "scram-sha512": 2}
_MAKE_USERS = """
import json, sys
from confluent_kafka.admin import AdminClient, ScramCredentialInfo, ScramMechanism, UserScramCredentialUpsertion
admin = AdminClient({"bootstrap.servers": sys.argv[1]})
for number, user, password in json.loads(sys.argv[2]):
    how = ScramCredentialInfo(ScramMechanism(number), 4096)
    change = UserScramCredentialUpsertion(user, how, password.encode())
    for future in admin.alter_user_scram_credentials([change]).values():
        future.result(60)
"""


@dataclass(frozen=True)
class Kafka:
    """The exporters, and the ports of the broker's listeners."""

    exporters: Exporters
    ports: Secured

    def entry(self, port: int, host: str = "127.0.0.1", **keys: object) -> dict[str, object]:
        return {"name": "events", "kind": "kafka", "target": f"{host}:{port}", **keys}


@pytest.fixture(scope="module")
def kafka(client: docker.DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    """The broker, with every user."""
    folder, inner = tmp_path_factory.mktemp("kafka-logins"), authority()
    with secured(folder / "broker", inner.server, PLAIN) as ports:
        users = [(number, *login) for login in AWKWARD.values() for number in MECHANISMS.values()]
        client.containers.run(
            load_catalog()["kafka-exporter"].built,
            ["-c", _MAKE_USERS, f"127.0.0.1:{ports.inner}", json.dumps(users)],
            entrypoint="python3",
            network_mode="host",
            remove=True,
        )
        yield Kafka(Exporters(client, folder, inner.secrets), ports)


@pytest.mark.parametrize("mechanism", MECHANISMS)
@pytest.mark.parametrize("name", AWKWARD)
def test_every_user_with_every_password_is_let_in_by_scram(kafka: Kafka, name: str, mechanism: str) -> None:
    user, password = AWKWARD[name]
    login = {"username": user, "password": "kafkaPassword", "mechanism": mechanism}
    entry = kafka.entry(kafka.ports.encrypted, **login, **VERIFIED)
    assert kafka.exporters.asked(entry, "kafka_brokers", kafkaPassword=password)["kafka_brokers", ""] == 1


@pytest.mark.parametrize("user", PLAIN)
@pytest.mark.parametrize("tls", [{}, {"tls": "require"}, VERIFIED], ids=["disable", "require", "verify-full"])
def test_users_are_let_in_by_plain(kafka: Kafka, user: str, tls: dict[str, str]) -> None:
    login = {"username": user, "password": "kafkaPassword", "mechanism": "plain"}
    entry = kafka.entry(kafka.ports.encrypted if tls else kafka.ports.open, **login, **tls)
    assert kafka.exporters.asked(entry, "kafka_brokers", kafkaPassword=PLAIN[user])["kafka_brokers", ""] == 1


@pytest.mark.parametrize("checked", [VERIFIED, {"tls": "require"}], ids=["verify-full", "require"])
def test_a_certificate_is_shown_to_a_listener_that_wants_one(kafka: Kafka, checked: dict[str, str]) -> None:
    entry = kafka.entry(kafka.ports.mutual, **checked, certificate="innerCertificate", key="innerKey")
    assert kafka.exporters.asked(entry, "kafka_brokers")["kafka_brokers", ""] == 1


LOGIN = {"username": "monitor", "password": "kafkaPassword", "mechanism": "plain"}


@pytest.mark.parametrize(
    ("listener", "keys"),
    [
        ("encrypted", {**LOGIN, **VERIFIED, "password": "otherPassword"}),
        ("encrypted", {**LOGIN, **VERIFIED, "mechanism": "scram-sha512"}),
        ("encrypted", {**LOGIN}),
        ("encrypted", {**LOGIN, "tls": "verify-full"}),
        ("encrypted", {**LOGIN, **VERIFIED, "ca": "otherCa"}),
        ("encrypted", {**LOGIN, **VERIFIED, "ca": "noCa"}),
        ("encrypted", {**LOGIN, **VERIFIED, "host": "localhost"}),
        ("open", {**LOGIN, "tls": "require"}),
        ("mutual", VERIFIED),
        ("mutual", {**CERTIFIED, "key": "innerCa"}),
        ("encrypted", VERIFIED),
    ],
    ids=[
        *("password", "mechanism", "not encrypted", "unknown authority", "another authority", "no authority"),
        *("another's name", "no encryption there", "no certificate", "no key", "no login"),
    ],
)
def test_a_cluster_that_lets_nobody_in_has_no_brokers_and_the_exporter_answers(
    kafka: Kafka, listener: str, keys: dict[str, str]
) -> None:
    entry = kafka.entry(getattr(kafka.ports, listener), **keys)
    found = kafka.exporters.refused(entry, kafkaPassword=PLAIN["monitor"], otherPassword="wrong")
    assert found["kafka_brokers", ""] == 0
