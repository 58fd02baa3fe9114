"""The shipped stack files, and how little one must say."""

from __future__ import annotations

from pathlib import Path

import pytest

from settings.stackfile import read_stack_file
from tests.plans import raw_configuration, settings_of
from tests.unit.settings.few_kinds import loaded, raw, stack_file


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_a_shipped_stack_file_has_no_mistake(stack: str) -> None:
    settings = settings_of(raw_configuration(stack))
    assert settings.runtime == {"dev": "docker", "prod": "kubernetes"}[stack]
    assert len(settings.services) >= 3


SHORT_SETUP = """\
    config:
      monitoring:services:
        - name: orders-api
          kind: fastapi
          target: orders-api:8000
          depends_on: [orders-db, orders-cache]
        - name: orders-db
          kind: postgres
          target: orders-db:5432
          password: ordersDbMonitorPassword
        - name: orders-cache
          kind: redis
          target: orders-cache:6379
        - name: orders-uptime
          kind: probe
          target: orders-api:8000
      monitoring:ordersDbMonitorPassword:
        secure: v1:abc
    """


def test_an_api_its_database_its_cache_and_a_probe_take_fewer_than_twenty_lines(tmp_path: Path) -> None:
    settings = loaded(read_stack_file(stack_file(tmp_path, SHORT_SETUP)))
    assert [found.kind for found in settings.services] == ["fastapi", "postgres", "redis", "probe"]
    assert len(SHORT_SETUP.splitlines()) < 20
    assert settings.runtime == "docker"


def test_settings_cannot_be_changed_once_they_are_checked() -> None:
    settings = loaded(raw())
    with pytest.raises(ValueError, match="frozen"):
        settings.services[0].name = "other"
