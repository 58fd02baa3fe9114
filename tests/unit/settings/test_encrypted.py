"""Servers with a protocol of their own: what may be said of their encryption, whatever the kind."""

from __future__ import annotations

import pytest

from catalog import kinds
from settings.encrypted import EncryptedService
from tests.plans import mistakes_in, plan_of, smallest_entry

KINDS = sorted(name for name, kind in kinds().items() if issubclass(kind.settings, EncryptedService))
# Their exporters read only a key that start.sh writes: tests/unit/catalog/test_libpq.py.
WITHOUT_KEYS = {"pgbouncer", "postgres"}
MUTUAL = {"tls": "verify-full", "ca": "innerCa", "certificate": "innerCertificate", "key": "innerKey"}


def test_every_database_and_broker_with_a_login_is_one_of_them() -> None:
    assert KINDS == ["kafka", "mongodb", "mysql", "pgbouncer", "postgres", "redis"]


@pytest.mark.parametrize("kind", sorted({*KINDS} - WITHOUT_KEYS))
def test_its_authorities_certificate_and_key_are_files_of_its_exporter(kind: str) -> None:
    (exporter,) = plan_of({**smallest_entry(kinds()[kind]), **MUTUAL}).exporters
    held = {reference.name for file in exporter.secrets.values() for reference in file.references()}
    assert {"innerCa", "innerCertificate", "innerKey"} <= held
    said = " ".join([*exporter.args, *exporter.env.values(), *map(str, exporter.secrets.values())])
    assert all(f"/run/secrets/{name}" in said for name in exporter.secrets if name.endswith(".pem"))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"ca": "innerCa"}, "ca: found ca with tls: disable. Allowed: ca with tls: verify-full."),
        ({"tls": "require", "ca": "innerCa"}, "ca: found ca with tls: require."),
        (
            {"tls": "verify-full", "key": "innerKey"},
            "certificate: found key without certificate. Allowed: both or none.",
        ),
        (
            {"tls": "verify-full", "certificate": "innerKey"},
            "key: found certificate without key. Allowed: both or none.",
        ),
        ({"certificate": "innerCa", "key": "innerKey"}, "certificate: found certificate with tls: disable."),
    ],
)
def test_what_nothing_reads_is_a_mistake(kind: str, said: dict[str, object], expected: str) -> None:
    (mistake,) = mistakes_in({**smallest_entry(kinds()[kind]), **said})
    assert mistake.startswith(f"services[0].{expected}")
