"""Prometheus alone, on this machine's Docker. Run it here with `PYTHONPATH=../.. pulumi up`."""

from __future__ import annotations

import pulumi
import pulumi_docker as docker

from components.base import ComponentArgs
from components.prometheus import Prometheus, prometheus_workload
from components.secrets import Secrets, SecretsArgs, needed_secrets
from program.prepare import runtime_of
from program.stack import MonitoringStackArgs, program_of

SETTINGS = {"services": [{"name": "shop", "kind": "fastapi", "target": "shop:8000"}], "docker": {"networks": ["shop"]}}

program = program_of("metrics", MonitoringStackArgs(SETTINGS))
workload = prometheus_workload(program.plan, program.place, others=())
secrets = Secrets("metrics-secrets", SecretsArgs(needed_secrets([workload])))
options = pulumi.ResourceOptions(provider=docker.Provider("docker"))
Prometheus("metrics-prometheus", ComponentArgs(workload, runtime_of(program), secrets), options)
pulumi.export("url", program.place.urls["prometheus"])
pulumi.export("password", secrets.value("prometheusPassword"))
