"""The cluster that the engine's tests run on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.engine.cluster import Cluster, missing_programs, running_cluster


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A Kubernetes cluster on loopback, stopped at the end."""
    if missing := missing_programs():
        pytest.skip(f"not compiled: {', '.join(missing)} (`make test-engine` compiles what is missing)")
    with running_cluster(tmp_path_factory.mktemp("cluster")) as running:
        yield running
