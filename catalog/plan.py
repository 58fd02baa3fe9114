"""The monitoring plan: pure data, derived from settings, that components turn into workloads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from settings.model import StackSettings
from settings.secrets import SecretFile


@dataclass(frozen=True)
class BasicAuth:
    """A login that a scrape job presents; the password is a secret's name."""

    username: str
    secret: str


@dataclass(frozen=True)
class ScrapeJob:
    """One Prometheus scrape job. Its name is the `job` label.

    Attributes:
        interval: None means the stack's default.
        probe_module: set for probes through the blackbox exporter; targets are then what is probed.
        sample_limit: samples per scrape beyond which the scrape is refused (cardinality guard).
        body_size_limit: response size beyond which the scrape is refused.
    """

    name: str
    targets: tuple[str, ...]
    labels: Mapping[str, str] = field(default_factory=dict)
    metrics_path: str = "/metrics"
    interval: str | None = None
    basic_auth: BasicAuth | None = None
    probe_module: str | None = None
    sample_limit: int = 20_000
    body_size_limit: str = "16MB"


@dataclass(frozen=True)
class Exporter:
    """A program that speaks Prometheus for a service that does not."""

    name: str
    image: str
    port: int
    service: str
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, SecretFile] = field(default_factory=dict)


@dataclass(frozen=True)
class RecordingRule:
    """A recorded series. `labels` are added to the result."""

    record: str
    expr: str
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Contribution:
    """What one service adds to the plan."""

    scrape_jobs: tuple[ScrapeJob, ...] = ()
    exporters: tuple[Exporter, ...] = ()
    recording_rules: tuple[RecordingRule, ...] = ()


@dataclass(frozen=True)
class MonitoringPlan:
    """Everything the components need to know, and nothing about where it will run.

    Attributes:
        stack: the Pulumi stack's name.
        environment: label on every series and alert.
        settings: the checked settings, for sizes, retention and addresses.
    """

    stack: str
    environment: str
    settings: StackSettings
    scrape_jobs: tuple[ScrapeJob, ...]
    exporters: tuple[Exporter, ...]
    recording_rules: Mapping[str, tuple[RecordingRule, ...]]
