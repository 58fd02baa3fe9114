"""Volumes that the settings want smaller than they are, held against the engine's state."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from runtimes.kubernetes.claims import in_bytes, shrinking
from runtimes.kubernetes.settings import KubernetesSettings
from settings.errors import Mistake
from workloads.workload import HttpProbe, Limits, Volume, Workload

SETTINGS = KubernetesSettings()


def storing(size: str) -> Workload:
    return Workload(
        name="prometheus",
        image="prometheus",
        user=1,
        limits=Limits(cpus=1, memory_mebibytes=512),
        probe=HttpProbe(9090, "/-/ready"),
        volumes=(Volume("prometheus-data", "/prometheus", size, "prometheus.storage"),),
    )


def claim(requested: str, capacity: str | None, namespace: str = "monitoring") -> dict[str, Any]:
    """The claim as the engine's state has it after a refresh."""
    return {
        "type": "kubernetes:core/v1:PersistentVolumeClaim",
        "outputs": {
            "metadata": {"name": "prometheus-data", "namespace": namespace},
            "spec": {"resources": {"requests": {"storage": requested}}},
            "status": {"capacity": {"storage": capacity}} if capacity else {"phase": "Pending"},
        },
    }


def mistakes(size: str, *made: dict[str, Any]) -> list[Mistake]:
    return list(shrinking([storing(size)], SETTINGS, made))


def test_a_smaller_size_names_the_setting_the_claim_and_what_it_has() -> None:
    assert [str(mistake) for mistake in mistakes("50Gi", claim("100Gi", "100Gi"))] == [
        "prometheus.storage: found '50Gi' for the claim prometheus-data. Allowed: 100Gi or more, which it has."
        " A volume cannot shrink."
    ]


def test_a_size_that_no_setting_says_is_told_by_its_volume() -> None:
    fixed = replace(storing("1Gi"), volumes=(Volume("prometheus-data", "/prometheus", "1Gi"),))
    (mistake,) = shrinking([fixed], SETTINGS, [claim("2Gi", "2Gi")])
    assert mistake.path == "the size of prometheus-data"


@pytest.mark.parametrize("size", ["100Gi", "200Gi", "1Ti"])
def test_the_same_size_or_more_is_no_mistake(size: str) -> None:
    assert mistakes(size, claim("100Gi", "100Gi")) == []


def test_a_volume_that_was_larger_than_asked_for_is_no_mistake() -> None:
    assert mistakes("100Gi", claim("100Gi", "1Ti")) == []


def test_a_growth_that_is_not_through_may_be_taken_back_to_more_than_there_is() -> None:
    assert mistakes("150Gi", claim("200Gi", "100Gi")) == []
    assert len(mistakes("100Gi", claim("200Gi", "100Gi"))) == 1


def test_before_there_is_a_claim_or_a_volume_every_size_is_right() -> None:
    assert mistakes("1Gi") == []
    assert mistakes("1Gi", claim("100Gi", None)) == []
    assert mistakes("1Gi", claim("100Gi", "100Gi", namespace="elsewhere")) == []


def test_other_resources_do_not_matter() -> None:
    service = {"type": "kubernetes:core/v1:Service", "outputs": {"metadata": {"name": "prometheus-data"}}}
    stack = {"type": "pulumi:pulumi:Stack", "outputs": {}}
    assert mistakes("1Gi", service, stack) == []


@pytest.mark.parametrize(
    ("quantity", "size"),
    [
        *(("1Ki", 1024), ("20Gi", 20 * 1024**3), ("1Ti", 1024**4), ("1500M", 1_500_000_000)),
        *(("1.5G", 1_500_000_000), ("1073741824", 1024**3), ("0", 0)),
    ],
)
def test_quantities_are_read_in_every_form_that_the_api_server_writes(quantity: str, size: int) -> None:
    assert in_bytes(quantity) == size
