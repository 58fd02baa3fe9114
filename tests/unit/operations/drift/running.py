"""A made-up stack whose programs answer as they are declared, until a test changes an answer."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import httpx
import yaml

from operations.drift.stack import DriftingStack
from operations.target import LoadedTarget, load_target
from operations.verify.declared import Declared
from operations.verify.live import Live
from runtimes.docker.health import DockerHealth
from runtimes.docker.settings import docker_settings
from settings.types import seconds
from tests.fakes import FakeDaemon
from tests.unit.operations.verify.world import PASSWORD, file_of

# What Prometheus and Alertmanager print although nobody wrote it.
_PROMETHEUS_DEFAULTS = {"runtime": {"gogc": 75}, "otlp": {"translation_strategy": "UnderscoreEscapingWithSuffixes"}}
_ALERTMANAGER_DEFAULTS = {"global": {"resolve_timeout": "5m"}, "templates": []}


@dataclass
class Running:
    """The stack, and what its programs answer by path."""

    target: LoadedTarget
    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    @contextmanager
    def stack(
        self, http: httpx.Client | None = None, ports: Mapping[str, int] | None = None
    ) -> Iterator[DriftingStack]:
        """As a comparison is given it; `http` and `ports`: where a real server answers."""
        settings = docker_settings(self.target.program.settings)
        client = http or httpx.Client(transport=httpx.MockTransport(self._answer))
        health = DockerHealth(
            "test", self.target.directory, {**settings.published(), **(ports or {})}, FakeDaemon(), client
        )
        declared = Declared("test", self.target.program)
        with client:
            yield DriftingStack(self.target, self.target.as_deployed(), Live(declared, health, client))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        if request.url.path not in self.answers:
            return httpx.Response(503)
        return httpx.Response(200, text=json.dumps(self.answers[request.url.path]))

    @property
    def prometheus(self) -> dict[str, Any]:
        """The configuration that Prometheus says it has."""
        document: dict[str, Any] = yaml.load(self.answers["/api/v1/status/config"]["data"]["yaml"], yaml.CSafeLoader)
        return document

    @prometheus.setter
    def prometheus(self, document: dict[str, Any]) -> None:
        self.answers["/api/v1/status/config"] = {"data": {"yaml": yaml.safe_dump(document)}}

    @property
    def alertmanager(self) -> dict[str, Any]:
        """The configuration that Alertmanager says it has."""
        document: dict[str, Any] = yaml.load(self.answers["/api/v2/status"]["config"]["original"], yaml.CSafeLoader)
        return document

    @alertmanager.setter
    def alertmanager(self, document: dict[str, Any]) -> None:
        self.answers["/api/v2/status"] = {"config": {"original": yaml.safe_dump(document)}}

    @property
    def rules(self) -> list[dict[str, Any]]:
        """Every rule that Prometheus says it has, to be changed."""
        return [rule for group in self.answers["/api/v1/rules"]["data"]["groups"] for rule in group["rules"]]


def load(folder: Path, **sections: Any) -> LoadedTarget:
    """The made-up stack's file, and its passwords as a runtime would have written them."""
    target = load_target("test", file_of(folder, **sections))
    for workload in target.program.workloads:
        secrets = target.directory / "secrets" / workload.name
        secrets.mkdir(parents=True, exist_ok=True)
        for name in workload.secrets:
            (secrets / name).write_text(f"{PASSWORD}\n", encoding="utf-8")
    return target


def as_declared(target: LoadedTarget) -> Running:
    """Every program answers what its files say."""
    running = Running(target)
    files = {found.name: found.config for found in target.program.workloads if found.config}
    prometheus = dict(files["prometheus"].files)
    document = yaml.load(prometheus["prometheus.yml"], yaml.CSafeLoader)
    running.prometheus = {
        **_PROMETHEUS_DEFAULTS,
        **document,
        "global": {**document["global"], "scrape_timeout": "10s"},
        "rule_files": [f"{files['prometheus'].mount_path}/{path}" for path in document["rule_files"]],
    }
    groups = [_group(path, text) for path, text in prometheus.items() if path.startswith("rules/")]
    running.answers["/api/v1/rules"] = {"data": {"groups": groups}}
    alertmanager = yaml.load(files["alertmanager"].files["alertmanager.yml"], yaml.CSafeLoader)
    running.alertmanager = {**_ALERTMANAGER_DEFAULTS, **alertmanager}
    return running


def _group(path: str, text: str) -> dict[str, Any]:
    """A file's groups as one: Prometheus tells the file of each."""
    rules = [rule for group in yaml.load(text, yaml.CSafeLoader)["groups"] for rule in group["rules"]]
    return {"file": f"/etc/prometheus/rules/{PurePosixPath(path).name}", "rules": [_rule(rule) for rule in rules]}


def _rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    told = {"name": rule.get("alert") or rule["record"], "query": str(rule["expr"]), "health": "ok"}
    if "alert" not in rule:
        return {**told, "type": "recording", **({"labels": rule["labels"]} if "labels" in rule else {})}
    return {
        **told,
        "type": "alerting",
        "duration": seconds(rule.get("for", "0s")),
        "keepFiringFor": seconds(rule.get("keep_firing_for", "0s")),
        "labels": rule.get("labels", {}),
        "annotations": rule.get("annotations", {}),
    }
