"""Every resource of the project's own stack: for the engine, which runs it, and for `make render`, which captures it.

Providers are built here and nowhere below: components take those that they are given.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import pulumi

from components.endpoints import GRAFANA
from components.grafana import provider_url
from components.names import made_secrets
from components.passwords import GeneratedPassword
from components.secrets import program_secrets
from program.prepare import runtime_of
from program.stack import MonitoringStack, MonitoringStackArgs
from runtimes import runtime_kind
from settings.stackfile import PROJECT
from workloads.program import Program


def deploy(
    program: Program,
    config: pulumi.Config,
    beside: Mapping[str, str] = MappingProxyType({}),
    *,
    rendered: bool = False,
) -> MonitoringStack:
    """Register every resource of the stack.

    Args:
        program: from `prepare_program`.
        config: the stack's configuration, for its secrets.
        beside: secrets that are not there, by name.
        rendered: the resources are captured to be written as a tree.
    """
    auth = program.settings.grafana.auth
    given: dict[str, pulumi.Input[str]] = {}
    for name in program_secrets(program) | ({auth} if auth else set()):
        value = config.get_secret(name)
        if value is not None:
            given[name] = value
        elif name in beside:
            given[name] = pulumi.Output.secret(beside[name])
        elif rendered and name not in made_secrets():
            # Without an engine nobody can decrypt it, and a tree holds no values anyway.
            given[name] = f"<secret {name}>"
    secrets: dict[str, pulumi.Input[str] | GeneratedPassword] = {**given}
    providers = [runtime_kind(program.settings.runtime).provider(program.settings)]
    login: pulumi.Input[str] = ""
    if GRAFANA.workload in program.urls:
        password = GeneratedPassword(f"{PROJECT}-{GRAFANA.login.secret}")
        secrets[GRAFANA.login.secret] = password
        login = pulumi.Output.concat(f"{GRAFANA.login.username}:", password.value)
    if url := provider_url(program):
        providers.append(_grafana_provider(url, given[auth] if auth else login))
    args = MonitoringStackArgs(program, secrets, runtime_of(program, rendered=rendered))
    return MonitoringStack(program.name, args, pulumi.ResourceOptions(providers=providers))


def _grafana_provider(url: str, auth: pulumi.Input[str]) -> pulumi.ProviderResource:
    """Asks nothing when it is made; what it writes comes after a healthy Grafana."""
    # Only here: a stack without it does not need the provider's SDK.
    import pulumiverse_grafana

    stack = pulumi.create_urn(PROJECT, "monitoring:components:MonitoringStack")
    content = pulumi.create_urn("grafana-content", "monitoring:components:GrafanaContent", stack)
    return pulumiverse_grafana.Provider(
        f"{PROJECT}-grafana",
        url=url,
        auth=pulumi.Output.secret(auth),
        retries=10,
        retry_wait=3,
        # Where it was when components built their providers themselves.
        opts=pulumi.ResourceOptions(aliases=[pulumi.Alias(name="grafana-content-provider", parent=content)]),
    )
