"""Capturing: what a program registers, as plain data, the same on every run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pulumi
import pulumi_docker as docker
import pytest

from components.passwords import GeneratedPassword
from runtimes.capture import CapturedResource, Computed, DuplicateResourceError, capture, nothing_computed


class Thing(pulumi.CustomResource):
    """A resource that takes any input."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None, **inputs: Any) -> None:
        super().__init__("tests:index:Thing", name, inputs, opts)


def captured(
    program: Callable[[], object], computed: Computed = nothing_computed, **config: str
) -> list[CapturedResource]:
    def run() -> None:
        program()

    return capture(
        run, stack="test", config={f"monitoring:{key}": value for key, value in config.items()}, computed=computed
    )


def inputs_of(program: Callable[[], object]) -> Mapping[str, Any]:
    (found,) = captured(program)
    return found.inputs


def test_whole_numbers_are_whole_again_and_broken_ones_stay() -> None:
    inputs = inputs_of(lambda: Thing("a", port=9090, share=0.5, sizes=[1, 2.0, 2.5], deep={"retries": 3}, yes=True))
    assert inputs == {"deep": {"retries": 3}, "port": 9090, "share": 0.5, "sizes": [1, 2, 2.5], "yes": True}
    numbers = [inputs["port"], *inputs["sizes"][:2], inputs["deep"]["retries"]]
    assert [type(number) for number in numbers] == [int, int, int, int]
    assert inputs["yes"] is True


def test_keys_are_sorted_at_every_depth_and_lists_keep_their_order() -> None:
    inputs = inputs_of(lambda: Thing("a", z=1, a={"y": 1, "b": {"x": 1, "c": 1}}, order=["second", "first"]))
    assert list(inputs) == ["a", "order", "z"]
    assert list(inputs["a"]) == ["b", "y"]
    assert list(inputs["a"]["b"]) == ["c", "x"]
    assert inputs["order"] == ["second", "first"]


def test_inputs_that_are_not_given_are_not_there() -> None:
    assert inputs_of(lambda: Thing("a", given="", left_out=None)) == {"given": ""}


def test_resources_are_sorted_by_urn_whatever_the_order_of_the_program() -> None:
    def program() -> None:
        for name in ("zebra", "ant", "mole"):
            Thing(name)

    assert [found.name for found in captured(program)] == ["ant", "mole", "zebra"]


def test_a_second_resource_of_the_same_type_and_name_is_refused() -> None:
    def program() -> None:
        Thing("twin", value=1)
        Thing("twin", value=2)

    with pytest.raises(DuplicateResourceError, match=r"tests:index:Thing::twin is registered twice"):
        captured(program)


def test_the_same_name_below_another_parent_or_of_another_type_is_no_duplicate() -> None:
    def program() -> None:
        Thing("twin")
        Thing("twin", pulumi.ResourceOptions(parent=pulumi.ComponentResource("tests:index:Parent", "parent")))
        pulumi.ComponentResource("tests:index:Other", "twin")

    assert [found.name for found in captured(program)].count("twin") == 3


def test_secrets_are_unwrapped_and_it_is_known_which_inputs_were_secret() -> None:
    def program() -> None:
        Thing("a", password=pulumi.Output.secret("p"), plain="q", deep={"inner": [pulumi.Output.secret("r")]})

    (found,) = captured(program)
    assert found.inputs == {"deep": {"inner": ["r"]}, "password": "p", "plain": "q"}
    assert found.secrets == {"password", "deep"}


def test_a_generated_password_is_a_readable_stand_in() -> None:
    def program() -> None:
        password = GeneratedPassword("stack-secrets-kettlePassword")
        Thing("a", password=password.value, hash=password.bcrypt)

    found = {resource.name: resource for resource in captured(program)}["a"]
    assert found.inputs == {
        "hash": "<bcrypt of secret kettlePassword>",
        "password": "<secret kettlePassword>",
    }


def test_what_a_provider_would_compute_is_a_stand_in_that_others_can_read() -> None:
    class Numbered(Thing):
        number: pulumi.Output[str]

    def program() -> None:
        first = Numbered("first", size=2, number=None)
        Thing("second", after=first.number)

    def computed(type_token: str, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"number": f"<number of {type_token} of size {inputs['size']:.0f}>"} if "size" in inputs else {}

    found = {resource.name: resource for resource in captured(program, computed)}
    assert found["second"].inputs == {"after": "<number of tests:index:Thing of size 2>"}
    assert found["second"].inputs_from == {"after": (found["first"].urn,)}


def test_options_that_decide_about_replacement_and_order_are_kept() -> None:
    def program() -> None:
        first = Thing("first")
        options = pulumi.ResourceOptions(depends_on=[first], replace_on_changes=["a", "b"], delete_before_replace=True)
        Thing("second", options)

    found = {resource.name: resource for resource in captured(program)}
    assert found["second"].depends_on == (found["first"].urn,)
    assert found["second"].replace_on_changes == ("a", "b")
    assert found["second"].delete_before_replace
    assert not found["first"].delete_before_replace
    assert (found["first"].depends_on, found["first"].replace_on_changes) == ((), ())


def test_components_are_told_from_resources_and_have_children() -> None:
    def program() -> None:
        Thing("child", pulumi.ResourceOptions(parent=pulumi.ComponentResource("tests:index:Parent", "parent")))

    found = {resource.name: resource for resource in captured(program)}
    assert (found["parent"].custom, found["child"].custom) == (False, True)
    assert found["child"].parent == found["parent"].urn


def test_a_program_sees_its_stack_its_project_and_its_configuration() -> None:
    seen: list[object] = []

    def program() -> None:
        seen.extend([pulumi.get_stack(), pulumi.get_project(), pulumi.Config().require("colour")])
        seen.append(pulumi.Config().get_secret("absent"))

    assert captured(program, colour="blue") == []
    assert seen == ["test", "monitoring", "blue", None]


def test_a_program_that_asks_a_provider_is_refused_because_there_is_none() -> None:
    with pytest.raises(Exception, match="docker:index/getNetwork:getNetwork: the program must not need a provider"):
        captured(lambda: docker.get_network(name="bridge"))


def test_an_error_in_the_program_is_the_error_of_the_capture() -> None:
    def program() -> None:
        Thing("a")
        raise ZeroDivisionError("in the program")

    with pytest.raises(ZeroDivisionError, match="in the program"):
        captured(program)
    assert [found.name for found in captured(lambda: Thing("b"))] == ["b"]


def test_captures_do_not_see_each_other() -> None:
    def program() -> None:
        Thing("thing", configured=pulumi.Config().get("colour") or "none")

    found = [captured(program, colour="blue"), captured(program), captured(program, colour="red")]
    assert [[resource.inputs["configured"] for resource in one] for one in found] == [["blue"], ["none"], ["red"]]
