"""Where a secret's value comes from: a prompt, standard input, an environment file, or a command."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Collection, Iterator
from pathlib import Path

from dotenv.parser import Binding, parse_stream

from runtimes.console import Failure, note
from runtimes.secrets import ask, secret_of_variable, variable
from settings.errors import ConfigurationError, Mistake, listed, nearest, shown

_LARGEST = 1_000_000
_NAME = "{name}"


def typed(names: Collection[str]) -> dict[str, str]:
    """What somebody types for each; of a single one, what standard input holds where that is no terminal.

    Raises:
        Failure: when there is nobody to ask.
    """
    if sys.stdin.isatty():
        return {name: ask(name) for name in names}
    if len(names) != 1:
        raise Failure("There is no terminal to ask on: name one secret and write its value to standard input.")
    (name,) = names
    return {name: _value(sys.stdin.read(_LARGEST + 1), f"standard input for {name}")}


def of_file(path: Path, names: Collection[str]) -> dict[str, str]:
    """What an environment file says of these; its other variables are somebody else's.

    Args:
        path: lines of `MONITORING_SHOP_SLACK='value'`, quoted as shells do; nothing in a value is expanded.
        names: secrets that the stack needs and that its owner knows.

    Raises:
        ConfigurationError: naming every line that is none, and every variable that is nearly one of these.
    """
    try:
        with path.open(encoding="utf-8") as file:
            bindings = [binding for binding in parse_stream(file) if binding.key is not None or binding.error]
    except (OSError, UnicodeDecodeError) as error:
        found = f"what cannot be read ({getattr(error, 'strerror', None) or 'no UTF-8'})"
        raise ConfigurationError(path.name, [Mistake(path.name, found, "an environment file")]) from None
    mistakes = [*_mistakes(bindings, names)]
    if mistakes:
        raise ConfigurationError(path.name, mistakes)
    if path.stat().st_mode & 0o077:
        note(f"{path} can be read by others than its owner: chmod 600 {path}")
    said = {secret_of_variable(binding.key or ""): binding.value for binding in bindings}
    return {name: value for name in names if (value := said.get(name))}


def _mistakes(bindings: Collection[Binding], names: Collection[str]) -> Iterator[Mistake]:
    allowed = listed(map(variable, names))
    for binding in bindings:
        line, key = binding.original.line, binding.key or ""
        given = secret_of_variable(key)
        if binding.error:
            # What stands there may be a secret.
            yield Mistake("line", "what is no assignment", "NAME='value'", "Close its quotes.", line)
        elif key in names:
            yield Mistake(key, "the secret's own name", variable(key), "", line)
        elif given is not None and given not in names:
            near = nearest(given, names)
            action = f"Did you mean {variable(near)}?" if near else ""
            yield Mistake(key, "a variable that gives no secret", allowed, action, line)
        elif given is not None and not binding.value:
            yield Mistake(key, "nothing", "a value", "Write it behind =, in quotes.", line)


def of_command(command: str, names: Collection[str]) -> dict[str, str]:
    """What a command prints for each of these.

    Args:
        command: with `{name}` where the secret's name belongs; no shell reads it.
        names: of secrets.

    Raises:
        Failure: when it cannot be run, fails or prints nothing; what it prints is not told.
    """
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise Failure(
            f"--command: found {shown(command)} ({error}). Allowed: a command, quoted as in a shell."
        ) from None
    if not any(_NAME in word for word in words[1:]):
        raise Failure(f"--command: found {shown(command)}. Allowed: a command with {_NAME} among its arguments.")
    values = {}
    for name in names:
        arguments = [word.replace(_NAME, name) for word in words]
        try:
            done = subprocess.run(arguments, stdout=subprocess.PIPE, check=False)
        except OSError as error:
            raise Failure(f"--command: {arguments[0]} cannot be run ({error.strerror}).") from None
        if done.returncode:
            raise Failure(f"--command: it ended with {done.returncode} for {name}, and nothing was kept.")
        try:
            text = done.stdout.decode()
        except UnicodeDecodeError:
            raise Failure(f"--command: found what is no UTF-8 for {name}. Allowed: text.") from None
        values[name] = _value(text, f"--command for {name}")
    return values


def _value(text: str, source: str) -> str:
    """The text without the newline that programs end their output with."""
    value = text.removesuffix("\n").removesuffix("\r")
    if not value or len(value) > _LARGEST or "\0" in value:
        raise Failure(f"{source}: found {'nothing' if not value else 'no secret'}. Allowed: a value.")
    return value
