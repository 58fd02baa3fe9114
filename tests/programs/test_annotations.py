"""Templates of annotations for Grafana, read by a program that parses Go's templates: Grafana itself cannot be had."""

from __future__ import annotations

import subprocess
from pathlib import Path

import yaml

from alerting.annotations import in_grafana
from images.build import tool_path
from tests.unit.alerting.test_annotations import OF_ALERTS

# Grafana gives a template this one besides; Prometheus does not know it.
VALUES = "{{ $values := .Labels }}"


def checked(annotations: dict[str, dict[str, str]], folder: Path) -> subprocess.CompletedProcess[str]:
    rules = [
        {"alert": alert, "expr": "vector(1)", "annotations": {name: VALUES + text for name, text in texts.items()}}
        for alert, texts in annotations.items()
    ]
    file = folder / "annotations.rules.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "annotations", "rules": rules}]}), encoding="utf-8")
    command = [str(tool_path("promtool")), "check", "rules", str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_every_text_of_every_alert_parses(tmp_path: Path) -> None:
    texts = {alert: dict(in_grafana(annotations).texts) for alert, annotations in OF_ALERTS.items()}
    said = checked(texts, tmp_path)
    assert (said.returncode, said.stderr) == (0, "")
    assert f"SUCCESS: {len(OF_ALERTS)} rules found" in said.stdout


def test_a_text_that_does_not_parse_is_noticed(tmp_path: Path) -> None:
    said = checked({"Broken": {"summary": "{{ with $values.D }}{{ .Value | humanise }}{{ end }}"}}, tmp_path)
    assert said.returncode != 0
    assert 'function "humanise" not defined' in said.stderr + said.stdout
