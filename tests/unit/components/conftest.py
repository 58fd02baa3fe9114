"""The stacks that tests of components look at, each deployed once."""

from __future__ import annotations

import pytest

from tests.conftest import Deploy, Deployment
from tests.unit.components.looking import EXISTING_GRAFANA, OWN_SECRETS


@pytest.fixture(params=["dev", "prod"])
def docker_stack(request: pytest.FixtureRequest, deployed: Deploy) -> Deployment:
    """Each shipped stack on the Docker runtime."""
    return deployed(request.param, runtime="docker")


@pytest.fixture
def dev(deployed: Deploy) -> Deployment:
    return deployed("dev")


@pytest.fixture
def changed(deployed: Deploy) -> Deployment:
    """The dev stack with settings other than the defaults in many places, deployed once for all who ask."""
    return deployed(
        "dev",
        secrets=OWN_SECRETS,
        environment="staging",
        retention={"logs": "2d", "warning_logs": "2w", "alert_history": "1y", "traces": "3d"},
        demo={"enabled": True, "requests_per_second": 12.5, "error_share": 0.2},
        docker={"ports": {"prometheus": 19090}, "networks": ["shop_default"]},
        grafana={"content": "files"},
    )


@pytest.fixture
def existing(deployed: Deploy) -> Deployment:
    """The dev stack with a Grafana that was there before it."""
    return deployed("dev", secrets={"grafanaToken": "token of an account"}, grafana=EXISTING_GRAFANA)
