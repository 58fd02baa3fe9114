"""`MonitoringStack`: everything that a list of services needs, as one component for any Pulumi program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pulumi

from components.alertmanager import Alertmanager
from components.base import Component, ComponentArgs, formerly
from components.collector_gateway import CollectorGateway
from components.endpoints import GRAFANA
from components.grafana import Grafana, provider_url
from components.grafana_alerting import GrafanaAlerting, GrafanaAlertingArgs
from components.grafana_alerting.logged import GrafanaLogAlerts, GrafanaLogAlertsArgs
from components.grafana_content import GrafanaContent, GrafanaContentArgs
from components.names import generated_secrets
from components.passwords import GeneratedPassword
from components.prometheus import Prometheus
from components.secrets import Secrets, SecretsArgs, program_secrets
from components.stack import component_class
from components.stores import stores_of
from program.prepare import checked_settings, program_for, runtime_of
from settings.stackfile import PROJECT, RawConfiguration
from workloads.program import Program
from workloads.runtime import Runtime

_Kind = TypeVar("_Kind", bound=Component)


@dataclass(frozen=True)
class MonitoringStackArgs:
    """What a stack is made from.

    Attributes:
        settings: what a stack file says, without the prefix `monitoring:`: `{"services": […], …}`, of which only
            `services` is required; or a program, such as one of `program_of`, which is deployed as it is.
        secrets: values by name: those that services refer to, and a `GeneratedPassword` for a password of the stack
            that the program itself needs (a Grafana provider needs `grafanaAdminPassword`). All others are generated.
        runtime: what deploys the workloads; the one that the settings name unless another is given.
    """

    settings: Mapping[str, Any] | Program
    secrets: Mapping[str, pulumi.Input[str] | GeneratedPassword] = field(default_factory=dict)
    runtime: Runtime | None = None


class MonitoringStack(pulumi.ComponentResource):
    """Everything that a list of services needs. Providers are those of `opts.providers`.

    A program may have several. Each is told apart by its name: resources, containers, networks, volumes, folders and
    the namespace are called after it, and ports of one machine follow it (`docker.port_offset`).

    Attributes:
        urls: where people reach a component, by the component's name.
        prometheus: scrapes, and evaluates alerts; the first of its replicas.
        alertmanager: routes them; the first of its replicas, and None where Grafana does.
        collector_gateway: takes logs, traces and metrics from applications.
        grafana: shows all of it; None where its image cannot be had, or where it is there already.
        grafana_token: what programs present to Grafana, secret; None without `grafana.service_account`.
        components: every component by its workload's name, these among them.
        secrets: the passwords, such as `secrets.value("prometheusPassword")`.
    """

    urls: pulumi.Output[Mapping[str, str]]
    prometheus: Prometheus
    alertmanager: Alertmanager | None
    collector_gateway: CollectorGateway
    grafana: Grafana | None
    grafana_token: pulumi.Output[str] | None
    components: Mapping[str, Component]
    secrets: Secrets

    def __init__(self, name: str, args: MonitoringStackArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Deploy every workload that the settings need.

        Args:
            name: of the component. `monitoring` is the project's own stack, with containers `monitoring-<stack>-…`;
                those of any other are `monitoring-<name>-<stack>-…`.
            args: settings and secrets.
            opts: with the provider of the runtime and, for `grafana.content: provider`, one of Grafana.

        Raises:
            ConfigurationError: naming every mistake in the settings; nothing was registered then.
            ValueError: naming a secret that was not given, the provider that is missing, or a program of another name.
        """
        program = program_of(name, args)
        # The type is older than this module: states know it, and a type cannot be changed without an alias.
        super().__init__("monitoring:components:MonitoringStack", name, None, opts)
        content = provider_url(program) is not None
        own = program.settings.grafana.is_own
        if content and self.get_provider("grafana:oss/dashboard:Dashboard") is None:
            raise ValueError(
                f"MonitoringStack {name}: opts.providers has no Grafana provider, and grafana.content is 'provider':"
                f" pass one whose password is secrets[{GRAFANA.login.secret!r}], or set grafana.content: files."
            )
        if content and own and GRAFANA.login.secret not in args.secrets:
            raise ValueError(
                f"MonitoringStack {name}: secrets[{GRAFANA.login.secret!r}]: found nothing. Allowed: the"
                " GeneratedPassword that the Grafana provider logs in with."
            )
        for component, why in program.missing.items():
            pulumi.log.warn(f"{component} is left out: {why}", self)
        for remark in program.remarks:
            pulumi.log.warn(str(remark), self)
        child = pulumi.ResourceOptions(parent=self)
        needed = SecretsArgs(program_secrets(program), args.secrets)
        self.secrets = Secrets(f"{name}-secrets", needed, child)
        self.components = self._deploy(program, args.runtime or runtime_of(program))
        self.prometheus = self._first(Prometheus)
        self.alertmanager = None if program.settings.grafana.manages_alerts else self._first(Alertmanager)
        self.collector_gateway = self._first(CollectorGateway)
        self.grafana = self._first(Grafana) if GRAFANA.workload in self.components else None
        self.grafana_token = None
        if content:
            written = GrafanaContent(
                f"{name}-grafana-content",
                GrafanaContentArgs(
                    program.plan,
                    self.secrets,
                    stores_of(program.settings),
                    self.components[GRAFANA.workload].deployed.ready if own else (),
                ),
                pulumi.ResourceOptions(parent=self, aliases=formerly(name, "grafana-content")),
            )
            self.grafana_token = written.token
            if program.settings.grafana.manages_alerts:
                GrafanaAlerting(
                    f"{name}-grafana-alerting",
                    GrafanaAlertingArgs(program.plan, program.place, self.secrets, [written]),
                    pulumi.ResourceOptions(parent=self),
                )
            else:
                GrafanaLogAlerts(
                    f"{name}-grafana-log-alerts",
                    GrafanaLogAlertsArgs(program.plan, program.place, self.secrets, [written]),
                    pulumi.ResourceOptions(parent=self),
                )
        self.urls = pulumi.Output.from_input(dict(program.urls))
        self.register_outputs({"urls": self.urls})

    def _deploy(self, program: Program, runtime: Runtime) -> Mapping[str, Component]:
        name = program.name
        runtime.prepare(program.workloads, parent=self)
        made: dict[str, Component] = {}
        for workload in program.workloads:
            args = ComponentArgs(workload, runtime, self.secrets, [made[other].deployed for other in workload.after])
            options = pulumi.ResourceOptions(parent=self, aliases=formerly(name, workload.name))
            made[workload.name] = component_class(workload)(f"{name}-{workload.name}", args, options)
        return made

    def _first(self, kind: type[_Kind]) -> _Kind:
        """The first of its replicas: each of the others comes after the one before it."""
        return next(component for component in self.components.values() if isinstance(component, kind))


def program_of(name: str, args: MonitoringStackArgs) -> Program:
    """What the stack of this name would be, without touching anything.

    Raises:
        ConfigurationError: naming every mistake in the settings.
        ValueError: when the settings are a program of another name.
    """
    if isinstance(args.settings, Program):
        if args.settings.name != name:
            raise ValueError(
                f"MonitoringStack {name}: found a program of the name {args.settings.name!r}. Allowed: {name!r}, which"
                " its resources are called after."
            )
        return args.settings
    source, stack = f"settings of {name}", pulumi.get_stack()
    # The stack makes its own passwords itself: no service has to name them.
    raw = RawConfiguration(source, args.settings, frozenset(args.secrets) - generated_secrets())
    stack = stack if name == PROJECT else f"{name}-{stack}"
    return program_for(checked_settings(raw, stack), stack, name=name, source=source)
