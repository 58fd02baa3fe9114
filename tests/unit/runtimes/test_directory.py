"""Directories on the Docker host as a resource: what states know it by."""

from __future__ import annotations

import base64
import pickle

import pulumi

from runtimes import directory
from runtimes.capture import capture
from runtimes.directory import HostDirectory


def test_states_name_its_type_and_the_module_of_its_provider() -> None:
    """Both are in the state of every stack on Docker: changed, its files could be neither read nor removed."""

    def program() -> None:
        HostDirectory("d", path="/d", files={}, container="c", reload="watched", opts=pulumi.ResourceOptions())

    (found,) = capture(program, stack="test", config={})
    assert found.type == "pulumi-python:dynamic/monitoring:HostDirectory"
    pickled = base64.b64decode(found.inputs["__provider"])
    provider = pickle.loads(pickled)  # noqa: S301  # what was pickled above
    assert f"{type(provider).__module__}.{type(provider).__qualname__}" == "runtimes.directory._Provider"
    # By reference, not by value: the state holds the module's name and none of its code.
    assert len(pickled) < 200
    assert type(provider) is directory._Provider
