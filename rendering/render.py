"""The program's whole effect as text: sorted, secret-free, the same on every run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import pulumi
import yaml

from components.secrets import program_secrets
from program.deploy import deploy
from program.prepare import prepare_program
from runtimes import runtime_kind
from runtimes.capture import CapturedResource, capture
from settings.secrets import SECRETS_DIRECTORY, SecretRef
from settings.service import Service
from settings.stackfile import RawConfiguration
from workloads.program import Program

_README = "README.md"
# Already in the tree in a form of their own, as what the runtime's package makes.
_RENDERED_ELSEWHERE = ("pulumi-python:dynamic/", "pulumi:providers:")


def program_in_tree(raw: RawConfiguration, stack: str) -> Program:
    """The program as its rendered tree carries it: with Grafana's content, where nobody else would bring it.

    Raises:
        ConfigurationError: naming every mistake.
    """
    program = prepare_program(raw, stack)
    # What Grafana's provider writes about alerts no file can bring: then all that it writes is in `resources.yaml`.
    if runtime_kind(program.settings.runtime).renders_content and not program.settings.grafana.manages_alerts:
        return prepare_program(raw, stack, grafana_content="files")
    return program


def render_tree(program: Program) -> dict[str, str]:
    """Every file of `rendered/<stack>/` by relative path.

    What the runtime makes of it, the secrets that must exist, by name, and the
    resources of other providers.
    """
    captured, settings = captured_program(program), program.settings
    files = dict(runtime_kind(settings.runtime).render(program, captured))
    files["secrets.md"] = _secrets_page(program)
    files["resources.yaml"] = _others(captured, settings.runtime_section.package)
    files[_README] = _readme(program)
    return dict(sorted(files.items()))


def captured_program(program: Program, config: Mapping[str, str] = MappingProxyType({})) -> list[CapturedResource]:
    """Every resource of the program, as it would stand in a rendered tree, sorted by URN.

    Args:
        program: from `prepare_program`.
        config: the stack's configuration by full key: secrets that it has no value of are written as their names.
    """

    def run() -> None:
        deploy(program, pulumi.Config(), rendered=True)

    computed = runtime_kind(program.settings.runtime).computed
    return capture(run, stack=program.plan.stack, config=config, computed=computed)


def _others(captured: Sequence[CapturedResource], package: str) -> str:
    """Resources of providers that the rest of the tree does not show, such as Grafana's content."""
    elsewhere = (f"{package}:", *_RENDERED_ELSEWHERE)
    shown: dict[str, dict[str, Any]] = {}
    for resource in captured:
        if resource.custom and not resource.type.startswith(elsewhere):
            shown.setdefault(resource.type, {})[resource.name] = dict(resource.inputs)
    return yaml.dump(shown, Dumper=yaml.CSafeDumper, sort_keys=True, width=10_000, allow_unicode=True)


def _secrets_page(program: Program) -> str:
    """Which secret files exist and which secrets they hold: names only, values are nowhere in the tree."""
    lines = [
        "# Secret files",
        "",
        f"Mounted under `{SECRETS_DIRECTORY}`. Values are in the Pulumi state, or in the stack's folder on the machine"
        " that deployed it; here each stands as a name in angle brackets.",
        "",
        "| workload | file | text |",
        "| --- | --- | --- |",
    ]
    for workload in sorted(program.workloads, key=lambda workload: workload.name):
        for name, file in sorted(workload.secrets.items()):
            text = "".join(part if isinstance(part, str) else f"<{_told(part)}>" for part in file.parts)
            lines.append(f"| {workload.name} | `{name}` | `{_one_line(text)}` |")
    lines += ["", f"Secrets in all: {', '.join(sorted(program_secrets(program)))}."]
    return "\n".join(lines) + "\n"


def _one_line(text: str) -> str:
    return text.replace("\n", "\\n")


def _told(reference: SecretRef) -> str:
    return reference.name if reference.form == "plain" else f"{reference.form} of {reference.name}"


def _found_at(service: Service) -> str:
    """Where a service's series come from, in a word or two."""
    found = getattr(service, "target", None) or getattr(service, "metrics_from", None)
    return str(found or ("discovered" if getattr(service, "discover", None) else "sends by itself"))


def _readme(program: Program) -> str:
    stack, settings = program.plan.stack, program.settings
    services = [f"| {service.name} | {service.kind} | {_found_at(service)} |" for service in settings.services]
    missing = [f"- {name} is left out: {why}" for name, why in program.missing.items()]
    return "\n".join(
        [
            f"# {stack}, rendered",
            "",
            f"What `pulumi up -s {stack}` would create, written by `make render` from `Pulumi.{stack}.yaml`."
            " Do not edit: change the stack file or the program, and render again.",
            "",
            runtime_kind(settings.runtime).tree,
            "",
            "| service | kind | target |",
            "| --- | --- | --- |",
            *services,
            *(["", *missing] if missing else []),
            "",
        ]
    )
