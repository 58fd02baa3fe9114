"""Rows about logins: published programs refuse a stranger, and take their own password."""

from __future__ import annotations

from pathlib import Path

from operations.verify.rows import failed, not_yet
from tests.unit.operations.verify.world import PASSWORD, World, declare, world_of


def test_a_login_for_each_published_program(tmp_path: Path) -> None:
    mirrored = {name: f"mirror/{name}:1" for name in ("grafana", "loki", "tempo")}
    world = world_of(declare(tmp_path, images={"source": "built", "overrides": mirrored}))
    rows = [row for row in world.rows() if row.name.startswith("login ")]
    assert [row.name for row in rows] == [
        *("login alertmanager", "login grafana", "login jaeger", "login prometheus", "login victorialogs")
    ]
    assert {row.detail for row in rows} == {"401 without its password, 200 with it"}


def test_no_password_asked(world: World) -> None:
    world.logins[9093] = (200, 200)
    assert world.failures() == {
        "login alertmanager": "answers 200 without a password, to every user of this machine:"
        " run make up STACK=test, which writes its web configuration anew."
    }


def test_the_password_is_refused(world: World) -> None:
    world.logins[9093] = (401, 401)
    assert world.row("login alertmanager") == failed(
        "login alertmanager", "answers 401 with its password: run make up STACK=test, which writes it anew."
    )


def test_an_unreadable_password_file(tmp_path: Path) -> None:
    world = world_of(declare(tmp_path))
    path = tmp_path / "state/test/secrets/prometheus/prometheusPassword"
    path.unlink()
    assert world.row("login prometheus").detail == f"{path} does not exist: run make up STACK=test, which writes it."


def test_no_password_is_shown(world: World) -> None:
    world.logins[9090] = (200, 500)
    assert PASSWORD not in "".join(row.detail for row in world.rows())


def test_a_program_that_does_not_answer_is_asked_again(world: World) -> None:
    world.silent_ports = {9093}
    assert world.row("login alertmanager") == not_yet(
        "login alertmanager",
        "alertmanager does not answer at http://127.0.0.1:9093 (ConnectError):"
        " docker logs monitoring-test-alertmanager says more.",
    )
