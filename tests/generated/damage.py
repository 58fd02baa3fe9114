"""What goes wrong with a stack file: in its values, its keys, its places and its text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

from settings.stackfile import PROJECT
from tests.generated.stacks import as_text, stacks
from tests.generated.values import AWKWARD

_WRONG: tuple[Any, ...] = (
    *(None, True, 0, -1, 1.5, 10**19, 10**400, float("inf"), float("nan"), 1e-300, "", " ", "x" * 5000, [], {}, [[]]),
    *([None], {"": None}, "0", "65536", "http://api:8000/x", "::1", "a:b:c", "2026-13-45", "25:00", "9" * 30 + "d"),
    *("(?=x)", "a{1001}", "__name__", "a" * 64, "1.2.3", "../../etc", "-1s", "1.5Gi", "5 m", "\x7f", "\x07bell"),
    *("Europe/Nowhere", ["a", "a"], {"a": {"b": {"c": {}}}}, "s0", "s9", *AWKWARD),
)
_INSERTED = (
    *("!!int abc", "!!python/object/apply:os.system [id]", "!!binary '%'", "!!timestamp x", "!!set {a, b}", "!x y"),
    *(
        "&a [*a]",
        "*nowhere",
        "&b {<<: *b}",
        "[" * 500,
        "{" * 99,
        "? [a]",
        "\t- x",
        "'",
        '"\\ud83d\\ude00"',
        "|2",
        "<<: 5",
    ),
    *("x: &l [1]\ny: &m [*l,*l,*l,*l,*l,*l,*l,*l,*l]\nz: &n [*m,*m,*m,*m,*m,*m,*m,*m,*m]", "- a\n- b", "---", "..."),
    *("%YAML 9.9", "\x00", "﻿", "0x", "1_0", "!!float .", "!!null x", "'a': 1\n'a': 2", "8080: x", "true: y", "~: z"),
)


def stack_files() -> st.SearchStrategy[bytes]:
    """Files: a third as they should be, a third with wrong values, keys and places, a third with a damaged text."""
    whole = stacks().map(lambda stack: as_text(stack).encode())
    return st.one_of(whole, _wrong().map(lambda stack: as_text(stack).encode()), _broken())


@st.composite
def _wrong(draw: st.DrawFn) -> dict[str, Any]:
    # Damage is done in place, and lists and mappings that are drawn are the same objects for every file.
    stack = deepcopy(draw(stacks()))
    for _ in range(draw(st.integers(1, 4))):
        holders = list(_holders(stack))
        holder, key = draw(st.sampled_from(holders))
        draw(st.sampled_from(_DAMAGES))(draw, stack, holder, key)
    return stack


def _holders(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every key and every entry, with what holds it."""
    places = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(places):
        yield value, key
        yield from _holders(inner)


def _another_value(draw: st.DrawFn, _stack: Any, holder: Any, key: Any) -> None:
    holder[key] = deepcopy(draw(st.sampled_from(_WRONG)))


def _another_key(draw: st.DrawFn, _stack: Any, holder: Any, key: Any) -> None:
    if isinstance(holder, dict):
        misspelt = draw(
            st.sampled_from((f"{key}s", str(key)[:-1], str(key)[::-1], 8080, True, None, "a.b", "x\ny", ""))
        )
        holder[misspelt] = holder.pop(key)


def _nothing(_draw: st.DrawFn, stack: Any, holder: Any, key: Any) -> None:
    if len(stack) > 1 or holder is not stack:
        del holder[key]


def _another_place(draw: st.DrawFn, stack: Any, holder: Any, key: Any) -> None:
    stack[f"{key}"] = holder[key]
    if draw(st.booleans()):
        _nothing(draw, stack, holder, key)


def _twice(_draw: st.DrawFn, _stack: Any, holder: Any, key: Any) -> None:
    if isinstance(holder, list):
        holder.append(holder[key])


_Damage = Callable[[st.DrawFn, Any, Any, Any], None]
_DAMAGES: tuple[_Damage, ...] = (_another_value, _another_value, _another_key, _nothing, _another_place, _twice)


@st.composite
def _broken(draw: st.DrawFn) -> bytes:
    lines = as_text(draw(stacks())).splitlines()
    for _ in range(draw(st.integers(1, 2))):
        at, inserted = draw(st.integers(0, len(lines) - 1)), draw(st.sampled_from(_INSERTED))
        how = draw(st.sampled_from(("value", "line", "bare", "cut")))
        if how == "value":
            lines[at] = f"{lines[at].partition(': ')[0]}: {inserted}"
        elif how == "line":
            lines.insert(at, inserted)
        elif how == "bare":
            lines[at] = lines[at].replace(f"{PROJECT}:", draw(st.sampled_from(("", "monitorin:", "aws:", " "))))
        else:
            lines = lines[: at + 1]
    text = "\n".join(lines)
    return text.encode(draw(st.sampled_from(("utf-8", "utf-8", "utf-8-sig", "utf-16", "latin-1"))), "replace")
