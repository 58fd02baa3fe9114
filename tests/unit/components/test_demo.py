"""The demo's programs."""

from __future__ import annotations

from tests.conftest import ROOT, Deployment


def test_the_database_of_the_demo_is_given_a_minute_to_write_its_checkpoint(dev: Deployment) -> None:
    assert dev.container("memory-db")["destroyGraceSeconds"] == 60


def test_the_demos_traffic_is_as_much_and_as_faulty_as_the_settings_say(changed: Deployment) -> None:
    envs = changed.container("memory-traffic")["envs"]
    assert {"REQUESTS_PER_SECOND=12.5", "ERROR_SHARE=0.2", "TARGET_URL=http://memory-api:8000"} <= set(envs)


def test_the_demos_database_gets_the_role_of_the_exporter_and_its_cache_asks_for_a_password(dev: Deployment) -> None:
    scripts = dev.files("memory-db")
    example = ROOT / "examples" / "memory_service" / "database"
    assert scripts == {path.name: path.read_text(encoding="utf-8") for path in example.glob("*.sh")}
    assert scripts
    config = dev.files("memory-cache", "secrets")["redis.conf"]
    assert 'requirepass "<secret memoryCachePassword>"\n' in config
    assert dev.container("memory-cache")["command"] == ["/run/secrets/redis.conf"]


def test_the_demos_database_keeps_its_data_below_the_root_of_its_volume(dev: Deployment) -> None:
    environment = dict(entry.split("=", 1) for entry in dev.container("memory-db")["envs"])
    (root,) = [volume["containerPath"] for volume in dev.container("memory-db")["volumes"] if "data" in str(volume)]
    # PostgreSQL refuses a directory with anything in it, and the root of a disk has lost+found.
    assert environment["PGDATA"].startswith(f"{root}/")
