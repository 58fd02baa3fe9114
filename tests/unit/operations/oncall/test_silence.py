"""`make silence`: what is sent, and what is refused."""

from __future__ import annotations

import pytest

from operations.oncall.running import whoami
from operations.oncall.silence import Wanted, end, silence, silences
from runtimes.console import Failure
from tests.unit.operations.oncall.shift import NOW, Shift, alert, group, silence_of


@pytest.fixture(autouse=True)
def ada(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "ada")


def test_a_silence_is_about_this_environment_and_says_until_when_and_what_fires_of_it(shift: Shift) -> None:
    shift.groups = [group("chat", alert("ServiceDown"), alert("Other"), alert("ServiceDown", service="elsewhere"))]
    with shift.live() as live:
        told = silence(live, Wanted(["memory-api", "memory-db"], ["ServiceDown"], "2h", "new disk"))
    assert shift.sent == [
        (
            "POST /api/v2/silences",
            {
                "matchers": [
                    {"name": "environment", "value": "test", "isRegex": False, "isEqual": True},
                    {"name": "service", "value": "memory-api|memory-db", "isRegex": True, "isEqual": True},
                    {"name": "alertname", "value": "ServiceDown", "isRegex": False, "isEqual": True},
                ],
                "startsAt": "2026-11-26T12:00:00+00:00",
                "endsAt": "2026-11-26T14:00:00+00:00",
                "createdBy": "ada",
                "comment": "new disk",
            },
        )
    ]
    assert told == (
        "ServiceDown of memory-api, memory-db is silent until 15:00 Europe/Berlin: new disk."
        " Of that fires now: ServiceDown.\n"
        "End it earlier: make silence STACK=test ARGS='--end s-new'"
    )


def test_everything_of_a_component_of_the_stack_can_be_silenced(shift: Shift) -> None:
    with shift.live() as live:
        told = silence(live, Wanted(["prometheus"], [], "1d", "upgrade"))
    assert told.startswith(
        "Everything of prometheus is silent until 2026-11-27 13:00 Europe/Berlin: upgrade. Nothing of that fires now."
    )
    assert [matcher["name"] for matcher in shift.sent[0][1]["matchers"]] == ["environment", "service"]


def test_every_name_that_does_not_exist_is_named_at_once_and_nothing_is_sent(shift: Shift) -> None:
    with shift.live() as live, pytest.raises(Failure) as failed:
        silence(live, Wanted(["memory-appi", "memory-queries", "memory-db"], ["ServiceDow"], "2h", "x"))
    one, two, three = str(failed.value).splitlines()
    assert one.startswith("--service: found 'memory-appi'. Allowed: alertmanager, ")
    assert one.endswith("Did you mean 'memory-api'?")
    assert two == (
        "--service: found 'memory-queries', whose alerts are about memory-api."
        " Allowed: a service with targets of its own. Name memory-api, with the alerts that are meant."
    )
    assert three.startswith("--alert: found 'ServiceDow'.") and three.endswith("Did you mean 'ServiceDown'?")
    assert shift.sent == []


def test_a_silence_of_everything_is_refused(shift: Shift) -> None:
    with shift.live() as live, pytest.raises(Failure) as failed:
        silence(live, Wanted([], [], "2h", "x"))
    assert str(failed.value) == (
        "--service and --alert: found nothing. Allowed: names in at least one of them; both may be repeated."
    )


def test_silences_are_listed_by_their_end_without_those_that_are_over(shift: Shift) -> None:
    odd = silence_of("s-3", NOW + 50, environment="test")
    odd["matchers"] += [
        {"name": "a", "value": "b", "isRegex": False, "isEqual": False},
        {"name": "c", "value": "d.*", "isRegex": True, "isEqual": False},
    ]
    shift.silences = [
        silence_of("s-1", NOW + 7200, "pending", environment="test", service="a|b"),
        silence_of("s-2", NOW + 60, environment="test"),
        silence_of("s-0", NOW - 60, "expired", service="c"),
        odd,
    ]
    with shift.live() as live:
        assert silences(live) == [
            "s-3  until 13:00 Europe/Berlin  a!=b, c!~d.*  ada: new disk",
            "s-2  until 13:01 Europe/Berlin  everything  ada: new disk",
            "s-1  until 15:00 Europe/Berlin  service=~a|b  ada: new disk",
        ]


def test_a_silence_ends_by_its_id(shift: Shift) -> None:
    shift.silences = [silence_of("s-1", NOW + 60), silence_of("s-0", NOW - 60, "expired")]
    with shift.live() as live:
        assert end(live, "s-1") == "Silence s-1 has ended: what still fires is told again."
        assert shift.sent == [("DELETE /api/v2/silence/s-1", None)]
        with pytest.raises(Failure, match=r"--end: found 's-0', .*There are s-1\."):
            end(live, "s-0")
        shift.silences = []
        with pytest.raises(Failure, match=r"There is none\."):
            end(live, "s-0")


def test_a_user_without_a_name_is_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 4711")

    monkeypatch.setattr("getpass.getuser", nobody)
    monkeypatch.setattr("os.getuid", lambda: 4711)
    assert whoami() == "user 4711"
