"""Ways to find targets: those of the stack's own runtime, and those of every runtime."""

from __future__ import annotations

import pytest

from tests.plans import configuration, mistakes_in, settings_of

API: dict[str, object] = {"name": "api", "kind": "fastapi"}
DOCKER = {"docker": {"labels": {"app": "api"}, "port": 8000}}
PODS = {"kubernetes": {"namespaces": ["shop"], "labels": {"app": "api"}}}
URL = {"url": "https://grafana.example.com"}


@pytest.mark.parametrize(
    ("runtime", "discover", "sentence"),
    [
        (
            "docker",
            PODS,
            "services[0].discover.kubernetes: found a way of runtime kubernetes."
            " Allowed: consul, dns, docker, files. This stack's is docker.",
        ),
        (
            "kubernetes",
            DOCKER,
            "services[0].discover.docker: found a way of runtime docker."
            " Allowed: consul, dns, kubernetes. This stack's is kubernetes.",
        ),
    ],
)
def test_a_way_of_another_runtime_is_a_mistake(runtime: str, discover: dict[str, object], sentence: str) -> None:
    assert sentence in mistakes_in({**API, "discover": discover}, runtime=runtime, grafana=URL)


@pytest.mark.parametrize("runtime", ["docker", "kubernetes"])
def test_what_prometheus_asks_by_itself_is_for_every_runtime(runtime: str) -> None:
    discover = {"dns": {"host": "api.internal", "port": 8000}}
    settings = settings_of(configuration({**API, "discover": discover}, runtime=runtime, grafana=URL))
    assert settings.runtime == runtime


def test_an_unknown_runtime_is_one_mistake_and_not_one_for_each_way() -> None:
    (told,) = mistakes_in({**API, "discover": PODS}, runtime="nomad")
    assert told.startswith("runtime: found 'nomad'.")
