"""Loki of the shipped stacks: how long it keeps what."""

from __future__ import annotations

from tests.conftest import Deployment


def test_loki_keeps_each_class_of_logs_as_long_as_the_requirements_say(dev: Deployment) -> None:
    config = dev.document("loki", "loki.yaml")
    limits = config["limits_config"]
    assert limits["retention_period"] == f"{7 * 24}h"
    assert {rule["selector"]: rule["period"] for rule in limits["retention_stream"]} == {
        '{retention_class="warning"}': f"{30 * 24}h",
        '{retention_class="alerts"}': f"{90 * 24}h",
    }
    assert config["compactor"]["retention_enabled"] is True


def test_loki_keeps_logs_as_long_as_the_settings_say(changed: Deployment) -> None:
    limits = changed.document("loki", "loki.yaml")["limits_config"]
    assert limits["retention_period"] == "48h"
    assert [rule["period"] for rule in limits["retention_stream"]] == ["336h", "8760h"]
    assert changed.document("tempo", "tempo.yaml")["overrides"]["defaults"]["compaction"]["block_retention"] == "72h"


def test_the_classes_that_loki_keeps_are_those_that_the_gateway_sets(dev: Deployment) -> None:
    limits = dev.document("loki", "loki.yaml")["limits_config"]
    (rule,) = limits["otlp_config"]["resource_attributes"]["attributes_config"]
    assert rule["action"] == "index_label"
    attribute = "retention.class"
    assert set(rule["attributes"]) == {"service.name", attribute}
    processors = dev.document("collector-gateway", "gateway.yaml")["processors"]
    classes = {
        action["value"]
        for processor in processors.values()
        for action in processor.get("attributes", [])
        if action["key"] == attribute
    }
    kept = {rule["selector"].split('"')[1] for rule in limits["retention_stream"]}
    assert classes - {"default"} == kept
