"""The Docker daemon that the environment names (`DOCKER_HOST`), or this machine's own."""

from __future__ import annotations

import os

import docker
from docker.errors import APIError, DockerException

from runtimes.console import Failure, quoted

FAILURES = (DockerException, OSError)
"""What the SDK raises: its own errors, and those of the HTTP library below it, which are OSErrors."""


def docker_client(answer_seconds: int = 120) -> docker.DockerClient:
    """A client of the running daemon.

    Args:
        answer_seconds: how long one request may take.

    Raises:
        Failure: when none answers.
    """
    try:
        client = docker.from_env(timeout=answer_seconds)
        client.ping()
    except FAILURES as error:
        raise Failure(no_answer(error)) from error
    return client


def socket_of(client: docker.DockerClient) -> str:
    """The socket by which the daemon is asked; Docker's own where it is asked in another way."""
    ways = (str(way.socket_path) for way in client.api.adapters.values() if hasattr(way, "socket_path"))
    return next(ways, "/var/run/docker.sock")


def no_answer(error: Exception) -> str:
    """The sentence for a daemon that does not answer."""
    if host := os.environ.get("DOCKER_HOST"):
        return (
            f"Docker does not answer ({said(error)}) at {host}, which DOCKER_HOST names: start it there or unset that,"
            " and run the command again."
        )
    return (
        f"Docker does not answer ({said(error)}): start it (Docker Desktop, or `systemctl start docker`)"
        " and run the command again."
    )


def said(error: Exception) -> str:
    """What the daemon or the SDK gave as the reason, on one line."""
    words = error.explanation if isinstance(error, APIError) and error.explanation else str(error)
    return quoted(words) or type(error).__name__
