"""What kind of machine this is, in the words that Go, Docker and PyPI use."""

from __future__ import annotations

import platform

from images.errors import ImagesError

_ARCHITECTURES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
_MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}


def architecture() -> str:
    """The processor in Go's and Docker's words, `amd64` or `arm64`."""
    machine = platform.machine().lower()
    if machine not in _ARCHITECTURES:
        raise ImagesError(f"Images can be built on amd64 and arm64, this machine is {machine}.")
    return _ARCHITECTURES[machine]


def machine() -> str:
    """The processor in the kernel's words, `x86_64` or `aarch64`."""
    return _MACHINES[architecture()]


def system() -> str:
    """The operating system in Go's words, `linux` or `darwin`."""
    return platform.system().lower()
