"""The monitoring plan: pure data, derived from settings, that components turn into workloads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from catalog.look_back import Reading, as_duration
from settings.access import Access
from settings.discovery import Discovery
from settings.model import StackSettings
from settings.secrets import SecretFile
from settings.service import ScrapeLimits
from settings.types import Duration, seconds

# What most deployments asked for.
_USUAL_RETENTION: Duration = "15d"

Transport = Literal["tcp", "udp"]
HistogramForm = Literal["classic", "native", "summary"]


@dataclass(frozen=True)
class BasicAuth:
    """A login of one of the stack's own components; the password is a secret's name."""

    username: str
    secret: str


@dataclass(frozen=True)
class ScrapeJob:
    """One Prometheus scrape job. Its name is the `job` label.

    Attributes:
        targets: addresses; empty when they are discovered.
        params: what stands behind the path's question mark, by name.
        interval: None means the stack's default.
        timeout: None means Prometheus' own, 10 s, or the interval where that is shorter.
        access: how a target is asked: encryption, login, headers, proxy.
        keep: regular expression of the only metrics that are kept; None: all.
        exporter: address of the one exporter that is asked for all of the targets, each as the parameter `target`.
        probe_module: set for probes through a blackbox exporter, which the label `prober` names; targets are then what
            is probed. Without `exporter` it is the stack's own.
        discovery: where the targets are found instead.
        limits: what a target may send before its scrape is refused.
        native_histograms: scrape native histograms where a target offers them.
        classic_too: with native histograms: also scrape the classic form of those that a target offers as both.
    """

    name: str
    targets: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    metrics_path: str = "/metrics"
    params: Mapping[str, Sequence[str]] = field(default_factory=dict)
    interval: str | None = None
    timeout: str | None = None
    access: Access = field(default_factory=Access)
    keep: str | None = None
    exporter: str | None = None
    probe_module: str | None = None
    discovery: Discovery | None = None
    limits: ScrapeLimits = field(default_factory=ScrapeLimits)
    native_histograms: bool = False
    classic_too: bool = False


@dataclass(frozen=True)
class IngestPort:
    """A port that a service sends to, open to the host and to the stack's networks."""

    name: str
    number: int
    publish: int
    protocol: Transport = "tcp"


@dataclass(frozen=True)
class Exporter:
    """A program that speaks Prometheus for a service that does not.

    Attributes:
        port: where Prometheus scrapes it.
        entrypoint: the program and its first arguments; empty: the image's.
        config: files by name, mounted read-only at `/etc/exporter`.
        secrets: files by name under `/run/secrets`.
        tmpfs: directories that it writes to, in memory.
        ingest: ports that the service itself sends to.
        health_path: path that answers 2xx when the exporter runs, whatever its service does.
    """

    name: str
    image: str
    port: int
    service: str
    entrypoint: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    config: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, SecretFile] = field(default_factory=dict)
    tmpfs: tuple[str, ...] = ()
    ingest: tuple[IngestPort, ...] = ()
    health_path: str = "/"


@dataclass(frozen=True)
class RecordingRule:
    """A recorded series. `labels` are added to the result."""

    record: str
    expr: str
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Contribution:
    """What one service adds to the plan.

    Attributes:
        up: PromQL of the service's own `service:up`, 1 while it answers and 0 while it does not; default: 1 while any
            of its targets answers Prometheus.
        histograms: forms of the histograms that the recording rules read, of the scrape that brings its series.
        probe_modules: modules of the blackbox exporter by name, beside `http`, `tcp` and `tls`, which are always there.
        probe_secrets: names of the secrets that those modules read, each from a file of its name.
    """

    scrape_jobs: tuple[ScrapeJob, ...] = ()
    exporters: tuple[Exporter, ...] = ()
    recording_rules: tuple[RecordingRule, ...] = ()
    up: str | None = None
    histograms: frozenset[HistogramForm] = frozenset()
    probe_modules: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    probe_secrets: frozenset[str] = frozenset()


@dataclass(frozen=True)
class MonitoringPlan:
    """Everything the components need to know, and nothing about where it will run.

    Attributes:
        stack: the Pulumi stack's name.
        environment: label on every series and alert.
        settings: the checked settings, for sizes, retention and addresses.
        recording_rules: generated recordings by the service or component they are about.
        rule_files: the shipped rule files that this stack needs, by file name, overrides applied.
        dashboards: names of the dashboards that this stack needs, sorted.
        probe_modules: modules of the blackbox exporter that services asked for.
        probe_secrets: names of the secrets that those modules read.
        looks_back: the reading of a rule that goes back furthest; None without rules.
    """

    stack: str
    environment: str
    settings: StackSettings
    scrape_jobs: tuple[ScrapeJob, ...]
    exporters: tuple[Exporter, ...]
    recording_rules: Mapping[str, tuple[RecordingRule, ...]]
    rule_files: Mapping[str, str]
    dashboards: tuple[str, ...]
    probe_modules: Mapping[str, Mapping[str, Any]]
    probe_secrets: frozenset[str] = frozenset()
    looks_back: Reading | None = None

    @property
    def metrics_retention(self) -> Duration:
        """How long Prometheus keeps its blocks: what the settings say, or as long as the rules need."""
        needed = as_duration(self.looks_back.back) if self.looks_back else _USUAL_RETENTION
        return self.settings.retention.metrics or max(_USUAL_RETENTION, needed, key=seconds)
