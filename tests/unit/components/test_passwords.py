"""Generated passwords: what they are made of, and that they stay what they are."""

from __future__ import annotations

import base64
import pickle
import string
from typing import Any

import bcrypt
import pulumi
import pytest
from pulumi.dynamic import ResourceProvider

from components import passwords
from components.passwords import GeneratedPassword, Password
from runtimes.capture import CapturedResource, capture
from tests.unit.components.looking import PASSWORD


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cost of a hash is what makes it slow; four is the least there is."""
    dear = bcrypt.gensalt
    monkeypatch.setattr(bcrypt, "gensalt", lambda: dear(rounds=4))


def captured() -> CapturedResource:
    def program() -> None:
        GeneratedPassword("stack-kettlePassword")

    (found,) = capture(program, stack="test", config={})
    return found


def provider() -> ResourceProvider:
    """The provider as the engine gets it back from the state."""
    found: ResourceProvider = pickle.loads(base64.b64decode(captured().inputs["__provider"]))  # noqa: S301
    return found


def test_a_password_is_long_and_needs_no_quoting() -> None:
    made = [Password.generate().value for _ in range(20)]
    assert len(set(made)) == 20
    for value in made:
        assert len(value) == 32
        assert set(value) <= set(string.ascii_letters + string.digits)


def test_its_hash_is_a_hash_of_it() -> None:
    made = Password.generate()
    assert bcrypt.checkpw(made.value.encode(), made.bcrypt.encode())


def test_creating_one_makes_value_and_hash() -> None:
    outs = provider().create({}).outs
    assert outs is not None
    assert set(outs) == {"value", "bcrypt"}
    assert bcrypt.checkpw(outs["value"].encode(), outs["bcrypt"].encode())


def test_it_never_changes_by_itself() -> None:
    kept = {"value": "v", "bcrypt": "h"}
    assert provider().diff("password", kept, {"value": None, "bcrypt": None}).changes is False


def test_a_refresh_keeps_it() -> None:
    kept = {"value": "v", "bcrypt": "h"}
    read = provider().read("password", kept)
    assert (read.id, read.outs) == ("password", kept)


def test_value_and_hash_are_secrets_of_the_state() -> None:
    options: list[Any] = []

    def look(args: pulumi.ResourceTransformationArgs) -> None:
        options.append(args.opts.additional_secret_outputs)

    def program() -> None:
        GeneratedPassword("p", pulumi.ResourceOptions(transformations=[look]))

    (found,) = capture(program, stack="test", config={})
    assert options == [["value", "bcrypt"]]
    assert "value" not in found.inputs


def test_states_name_its_type_and_the_module_of_its_provider() -> None:
    """Both are in the state of every stack: changed, what exists could be neither read nor replaced."""
    assert captured().type == PASSWORD
    assert f"{type(provider()).__module__}.{type(provider()).__qualname__}" == "components.passwords._Provider"
    # By reference, not by value: the state holds the module's name and none of its code.
    pickled = base64.b64decode(captured().inputs["__provider"])
    assert b"components.passwords" in pickled
    assert len(pickled) < 200
    assert type(provider()) is passwords._Provider
