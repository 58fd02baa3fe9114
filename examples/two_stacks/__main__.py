"""Two monitoring stacks in one program, side by side on one machine. Run it here with `PYTHONPATH=../.. pulumi up`."""

from __future__ import annotations

import pulumi
import pulumi_docker as docker
import pulumiverse_grafana as grafana

from components.passwords import GeneratedPassword
from program.stack import MonitoringStack, MonitoringStackArgs

machine = docker.Provider("docker")

# The least there can be: a list of services. Grafana's content comes from files, so no provider is needed for it.
billing = MonitoringStack(
    "billing",
    MonitoringStackArgs(
        {
            "services": [{"name": "invoices", "kind": "fastapi", "target": "invoices:8000", "owner": "billing"}],
            "grafana": {"content": "files"},
        }
    ),
    pulumi.ResourceOptions(provider=machine),
)

# Grafana's content by its provider, which needs the password that this program therefore makes itself. Ports of a
# machine can be taken only once.
password = GeneratedPassword("shop-grafana")
shop = MonitoringStack(
    "shop",
    MonitoringStackArgs(
        {
            "services": [
                {"name": "orders", "kind": "fastapi", "target": "orders:8000", "owner": "shop"},
                {"name": "orders-db", "kind": "postgres", "target": "orders-db:5432", "password": "ordersDbPassword"},
            ],
            "docker": {
                "ports": {
                    "alertmanager": 19093,
                    "grafana": 13000,
                    "memory_api": 18000,
                    "otlp_grpc": 14317,
                    "otlp_http": 14318,
                    "prometheus": 19090,
                    "runbooks": 19096,
                    "viewer": 19097,
                }
            },
        },
        secrets={
            "grafanaAdminPassword": password,
            "ordersDbPassword": pulumi.Config().require_secret("ordersDbPassword"),
        },
    ),
    pulumi.ResourceOptions(
        providers=[
            machine,
            grafana.Provider(
                "shop-grafana",
                url="http://127.0.0.1:13000",
                auth=pulumi.Output.concat("admin:", password.value),
                retries=10,
                retry_wait=3,
            ),
        ]
    ),
)

pulumi.export("billing", billing.urls)
pulumi.export("shop", shop.urls)
pulumi.export("shopPrometheusPassword", shop.secrets.value("prometheusPassword"))
