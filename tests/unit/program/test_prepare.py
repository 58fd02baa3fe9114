"""Configuration → program: what is decided before anything is touched."""

from __future__ import annotations

import pytest

from program.prepare import checked_settings, prepare_program, program_for
from settings.errors import ConfigurationError
from tests.plans import configuration, program_of, raw_configuration

API: dict[str, object] = {"name": "api", "kind": "http", "target": "api:80"}
CACHE: dict[str, object] = {"name": "cache", "kind": "redis", "target": "cache:6379"}


def test_a_program_is_the_stacks_own_and_runs_every_service_that_is_listed() -> None:
    program = prepare_program(configuration(API, CACHE), "kettle")
    assert (program.name, program.plan.stack) == ("monitoring", "kettle")
    assert [service.name for service in program.settings.services] == ["api", "cache"]
    assert "redis-exporter-cache" in {workload.name for workload in program.workloads}


def test_content_goes_into_files_where_no_provider_will_run() -> None:
    raw = raw_configuration("prod")
    assert prepare_program(raw, "prod").settings.grafana.content == "provider"
    program = prepare_program(raw, "prod", grafana_content="files")
    assert program.settings.grafana.content == "files"
    (grafana,) = [workload for workload in program.workloads if workload.name == "grafana"]
    assert grafana.config and any("dashboards/" in name for name in grafana.config.files)


def test_addresses_that_the_settings_say_win_over_those_of_the_runtime() -> None:
    said = program_of(grafana={"url": "https://grafana.example.com"}).urls
    assert said["grafana"] == "https://grafana.example.com"
    assert said["prometheus"] == "http://127.0.0.1:9090"


def test_what_has_no_image_and_can_be_done_without_is_left_out_with_the_reason() -> None:
    program = program_of(images={"source": "built"})
    assert list(program.missing) == ["grafana"]
    assert program.missing["grafana"].startswith("Grafana's server is published to no")
    assert "grafana" not in {workload.name for workload in program.workloads}
    assert "grafana" not in program.images


def test_settings_that_are_no_stack_files_are_checked_for_their_images_too() -> None:
    settings = checked_settings(configuration(API))
    images = settings.images.model_copy(update={"source": "built"})
    logs = settings.logs.model_copy(update={"store": "loki"})
    with pytest.raises(ConfigurationError, match=r"(?s)^settings of shop: .*logs\.store: found 'loki'"):
        program_for(settings.model_copy(update={"images": images, "logs": logs}), "dev", source="settings of shop")


def test_every_mistake_is_named_at_once() -> None:
    with pytest.raises(ConfigurationError) as refused:
        checked_settings(configuration({**API, "kind": "htpp"}, lokki={}, prometheus={"memory": "much"}))
    assert len(refused.value.mistakes) == 3
