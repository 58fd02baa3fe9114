"""Running the program without an engine: every resource it registers, as plain data.

The SDK's own mock monitor answers the program; this subclass keeps what it is told. What mocks lose is repaired:
whole floats become ints again, keys are sorted, and secret values (which mocks unwrap) never exist, because the
stand-ins below are what a provider would have computed.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pulumi.runtime import MockCallArgs, MockResourceArgs, Mocks, resource, rpc, set_all_config, set_mocks, test

# Not exported, but what `set_mocks` takes as its monitor: the only place that is told a resource's options.
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.proto import source_pb2

from settings.stackfile import PROJECT

# Keeps warnings to itself: they are for those who watch an engine, and whoever captures a program tells them elsewhere.
_LOG = logging.Logger("capture", logging.ERROR)
_STACK = "pulumi:pulumi:Stack"
PASSWORD = "pulumi-python:dynamic/monitoring:GeneratedPassword"


@dataclass(frozen=True)
class CapturedResource:
    """One resource that the program registered.

    Attributes:
        type: type token, such as `docker:index/container:Container`.
        name: the resource's logical name.
        inputs: property values, in the provider's own (camelCase) names.
        custom: False for component resources.
        depends_on: URNs of resources that come first.
        inputs_from: URNs of the resources that an input was computed from, by input.
        parent: URN of the parent.
        provider: URN and id of the provider that was chosen; empty for the default one.
        secrets: the inputs that an engine keeps encrypted in its state.
        replace_on_changes: inputs whose change makes the resource anew.
        ignore_changes: inputs that stay as they are, whatever the program says later.
        delete_before_replace: the old one goes before the new one comes.
        aliases: URNs it had before, as far as it says so itself; the engine adds those that follow from its parent's.
        protect: the engine refuses to remove or replace it.
    """

    urn: str
    type: str
    name: str
    inputs: Mapping[str, Any]
    custom: bool
    depends_on: tuple[str, ...]
    inputs_from: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    parent: str = ""
    provider: str = ""
    secrets: frozenset[str] = frozenset()
    replace_on_changes: tuple[str, ...] = ()
    ignore_changes: tuple[str, ...] = ()
    delete_before_replace: bool = False
    aliases: tuple[str, ...] = ()
    protect: bool = False


Computed = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]
"""What a provider would compute of a resource, from its type token and inputs: readable stand-ins."""


def nothing_computed(_type: str, _inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    """The stand-ins of a provider whose results no program reads."""
    return {}


def secret_of(resource_name: str) -> str:
    """The secret that a generated password is, from the resource's name."""
    return resource_name.rpartition("-")[2]


class DuplicateResourceError(Exception):
    """Two resources share a URN: an engine would refuse the program."""


class _ProviderAnswers(Mocks):
    """What providers would compute, as readable stand-ins."""

    def __init__(self, computed: Computed) -> None:
        self._computed = computed

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], None]:
        raise NotImplementedError(f"{args.token}: the program must not need a provider's answer to be rendered")

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        outputs = {**args.inputs, **self._computed(args.typ, args.inputs)}
        if args.typ == PASSWORD:
            secret = secret_of(args.name)
            outputs |= {"value": f"<secret {secret}>", "bcrypt": f"<bcrypt of secret {secret}>"}
        return args.name, outputs


class _CapturingMonitor(MockMonitor):
    def __init__(self, stack: str, computed: Computed) -> None:
        super().__init__(_ProviderAnswers(computed))
        self._stack = stack
        self.captured: dict[str, CapturedResource] = {}

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """As an engine makes them: with the types of all parents. The mocks' own name only the nearest."""
        above = parent.split("::")[2] if parent else _STACK
        chain = type_ if above == _STACK else f"{above}${type_}"
        return f"urn:pulumi:{self._stack}::{PROJECT}::{chain}::{name}"

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802  # the SDK's name
        urn = self.make_urn(request.parent, request.type, request.name)
        if request.type != _STACK:
            if urn in self.captured:
                raise DuplicateResourceError(f"{urn} is registered twice")
            inputs = rpc.deserialize_properties(request.object)
            self.captured[urn] = CapturedResource(
                urn=urn,
                type=request.type,
                name=request.name,
                inputs=_plain(inputs),
                custom=request.custom,
                depends_on=tuple(sorted(request.dependencies)),
                inputs_from={
                    name: tuple(sorted(found.urns))
                    for name, found in request.propertyDependencies.items()
                    if found.urns
                },
                parent=request.parent,
                provider=request.provider,
                secrets=frozenset(name for name, value in inputs.items() if rpc.is_rpc_secret(value)),
                replace_on_changes=tuple(request.replaceOnChanges),
                ignore_changes=tuple(request.ignoreChanges),
                delete_before_replace=request.deleteBeforeReplace,
                aliases=tuple(self._alias(request, alias) for alias in request.aliases),
                protect=request.protect,
            )
        return super().RegisterResource(request)  # type: ignore[no-untyped-call]  # the SDK's method has no types

    def _alias(self, request: Any, alias: Any) -> str:
        """The URN that an alias means: what it does not say is as the resource has it now."""
        said = alias.spec
        return alias.urn or self.make_urn(
            said.parentUrn or ("" if said.noParent else request.parent),
            said.type or request.type,
            said.name or request.name,
        )


def capture(
    program: Callable[[], None], *, stack: str, config: Mapping[str, str], computed: Computed = nothing_computed
) -> list[CapturedResource]:
    """Run a program and return its resources, sorted by URN.

    Runs in a context and an event loop of its own, so captures do not see each other.

    Args:
        program: registers resources.
        stack: the stack's name.
        config: the stack's configuration by full key; values of secrets are stand-ins.
        computed: what the runtime's provider would compute.

    Raises:
        DuplicateResourceError: when two resources share a URN.
    """
    return contextvars.copy_context().run(_capture, program, stack, config, computed)


def _capture(
    program: Callable[[], None], stack: str, config: Mapping[str, str], computed: Computed
) -> list[CapturedResource]:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        monitor = _CapturingMonitor(stack, computed)
        set_mocks(monitor.mocks, project=PROJECT, stack=stack, preview=False, logger=_LOG, monitor=monitor)
        set_all_config(dict(config), [])
        with _untraced():
            test(program)()  # type: ignore[no-untyped-call]  # the SDK's function has no types
    finally:
        loop.close()
        asyncio.set_event_loop(None)
    return [monitor.captured[urn] for urn in sorted(monitor.captured)]


@contextmanager
def _untraced() -> Iterator[None]:
    """Without looking up the lines of code that made each resource: only an engine shows them, and it takes long."""
    name = "_get_stack_trace"
    looking = getattr(resource, name)
    setattr(resource, name, source_pb2.StackTrace)
    try:
        yield
    finally:
        setattr(resource, name, looking)


def _plain(value: Any) -> Any:
    """Numbers as they were before the wire made all of them floats, secrets unwrapped, keys sorted.

    Assets and outputs are not used.
    """
    if rpc.is_rpc_secret(value):
        return _plain(rpc.unwrap_rpc_secret(value))
    if isinstance(value, dict):
        return {key: _plain(value[key]) for key in sorted(value) if value[key] is not None}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
