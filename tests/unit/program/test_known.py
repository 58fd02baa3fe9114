"""What settings are checked against is what there is."""

from __future__ import annotations

from catalog import kinds
from program.known import known
from runtimes import sections


def test_every_kind_can_be_named_and_has_alerts_that_exist() -> None:
    found = known()
    assert found.kinds == {name: kind.settings for name, kind in kinds().items()}
    assert found.alerts_of.keys() == found.kinds.keys()
    for kind, names in found.alerts_of.items():
        assert "ServiceDown" in names <= found.alerts.keys(), kind


def test_every_runtime_and_every_store_can_be_named() -> None:
    found = known()
    assert found.runtimes == dict(sections())
    assert [store.name for store in found.log_stores] == ["loki", "victorialogs"]
    assert [store.name for store in found.trace_stores] == ["jaeger", "tempo"]


def test_names_of_the_stacks_own_components_are_taken() -> None:
    assert {"prometheus", "loki", "victorialogs", "jaeger", "tempo"} <= known().reserved_names


def test_what_the_stack_makes_itself_is_told_from_what_it_makes_when_nobody_did() -> None:
    found = known()
    assert "prometheusPassword" in found.generated_secrets
    assert "memoryDbPassword" in found.demo_secrets
    assert not found.generated_secrets & found.demo_secrets


def test_images_are_those_of_the_catalogue_that_is_given() -> None:
    assert known().image_components == frozenset()
    assert known(["prometheus", "demo"]).image_components == {"prometheus", "demo"}
