"""Exporters of the shipped stacks."""

from __future__ import annotations

from tests.conftest import Deployment
from tests.unit.components.looking import jobs


def test_probes_go_through_the_blackbox_exporter_and_keep_their_target_as_instance(dev: Deployment) -> None:
    job = jobs(dev)["memory-uptime"]
    assert (job["metrics_path"], job["params"]) == ("/probe", {"module": ["http"]})
    assert job["relabel_configs"] == [
        {"source_labels": ["__address__"], "target_label": "__param_target"},
        {"source_labels": ["__param_target"], "target_label": "instance"},
        {"target_label": "__address__", "replacement": "blackbox-exporter:9115"},
    ]
    modules = dev.document("blackbox-exporter", "blackbox.yml")["modules"]
    assert {name: module["prober"] for name, module in modules.items()} == {"http": "http", "tcp": "tcp", "tls": "tcp"}
    assert modules["tls"]["tcp"]["tls"] is True
