"""`make secrets`: what it lists, and every way to set one, none of which shows it."""

from __future__ import annotations

import io
import shlex
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from operations.credentials.__main__ import main
from runtimes.secrets import KEPT, LocalSecrets
from tests.stacks import stack_file

AWKWARD = "a$b${HOME} '\"\\ \u00fc\U0001f600 # x"
SERVICE = {"name": "db", "kind": "postgres", "target": "db:5432", "password": "dbPassword"}
SECTIONS: dict[str, object] = {
    "services": [SERVICE],
    "receivers": {"chat": {"slack": {"webhook": "shopSlack"}}},
    "alerting": {"default": "chat"},
}
Run = Callable[..., int]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`make secrets ARGS=…`, with something on standard input, and other keys of the stack file."""

    def command(*arguments: str, stdin: str = "", **sections: object) -> int:
        file = stack_file(tmp_path, base=None, **{**SECTIONS, **sections})  # type: ignore[arg-type]
        monkeypatch.setattr(sys, "argv", ["secrets", "--stack", "kettle", "--file", str(file), *arguments])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        return main()

    monkeypatch.setenv("COLUMNS", "200")
    return command


@pytest.fixture
def kept(tmp_path: Path) -> Callable[[], dict[str, str]]:
    path = tmp_path / "state" / "kettle" / KEPT

    def values() -> dict[str, str]:
        secrets = LocalSecrets(path)
        return secrets.values(secrets.names)

    return values


def listed(said: str) -> dict[str, list[str]]:
    """The rows of a table by secret."""
    rows = [[cell.strip() for cell in line.strip("│┃").split("│")] for line in said.splitlines() if "│" in line]
    return {row[0]: row[1:] for row in rows if row[0]}


def test_it_lists_what_is_needed_what_is_set_from_where_and_what_uses_it(
    run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITORING_SHOP_SLACK", "x")
    assert run() == 1
    said = capsys.readouterr().out
    found = listed(said)
    assert found["dbPassword"] == ["not set", "services[0].password", "postgres-exporter-db"]
    assert found["shopSlack"] == [
        "set in the environment, MONITORING_SHOP_SLACK",
        "receivers.chat.slack.webhook",
        "alertmanager",
    ]
    assert found["prometheusPassword"][0] == "made by the stack"
    assert said.endswith("1 secret not set. To set: `make secrets STACK=kettle ARGS=dbPassword`\n")


def test_names_are_whole_however_narrow_the_terminal_is(
    run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    run()
    assert {"dbPassword", "shopSlack", "alertmanagerPassword"} <= set(listed(capsys.readouterr().out))


def test_what_the_stack_file_has_encrypted_is_told_as_such(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run(dbPassword={"secure": "v1:x"})
    state = listed(capsys.readouterr().out)["dbPassword"][0]
    assert state == "set in Pulumi.kettle.yaml, which only an engine decrypts; without one not set"


def test_a_value_from_standard_input_is_kept_for_its_owner_alone_and_never_shown(
    run: Run, kept: Callable[[], dict[str, str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("dbPassword", stdin=f"{AWKWARD}\n") == 1, "the other is not set"
    assert kept() == {"dbPassword": AWKWARD}
    folder = tmp_path / "state" / "kettle"
    assert (stat.S_IMODE(folder.stat().st_mode), stat.S_IMODE((folder / KEPT).stat().st_mode)) == (0o700, 0o600)
    said = "".join(capsys.readouterr())
    assert "a$b" not in said
    assert "kept on this machine: dbPassword; `make up STACK=kettle` makes it read" in said
    assert run("shopSlack", stdin="https://hooks") == 0


def test_an_environment_file_gives_several(run: Run, kept: Callable[[], dict[str, str]], tmp_path: Path) -> None:
    file = tmp_path / "team.env"
    quoted = AWKWARD.replace("\\", "\\\\").replace("'", "\\'")
    file.write_text(
        f"# the shop's\nMONITORING_DB_PASSWORD='{quoted}'\nexport MONITORING_SHOP_SLACK=https://x/$y\nOTHER=1\n",
        encoding="utf-8",
    )
    assert run("--env-file", str(file)) == 0
    assert kept() == {"dbPassword": AWKWARD, "shopSlack": "https://x/$y"}


def test_every_mistake_of_an_environment_file_is_told_with_its_line_and_no_value(
    run: Run, kept: Callable[[], dict[str, str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "team.env"
    file.write_text(
        "MONITORING_DB_PASWORD=hunter2\nMONITORING_SHOP_SLACK=\nHOME=/x\nMONITORING_OTHER=1\ndbPassword=hunter2\n"
        "'unclosed hunter2\n",
        encoding="utf-8",
    )
    assert run("--env-file", str(file)) == 2
    said = capsys.readouterr().err
    assert said == (
        "team.env: 5 mistakes, nothing was deployed.\n"
        "  1. MONITORING_DB_PASWORD (line 1): found a variable that gives no secret. Allowed: MONITORING_DB_PASSWORD,"
        " MONITORING_SHOP_SLACK. Did you mean MONITORING_DB_PASSWORD?\n"
        "  2. MONITORING_SHOP_SLACK (line 2): found nothing. Allowed: a value. Write it behind =, in quotes.\n"
        "  3. MONITORING_OTHER (line 4): found a variable that gives no secret. Allowed: MONITORING_DB_PASSWORD,"
        " MONITORING_SHOP_SLACK.\n"
        "  4. dbPassword (line 5): found the secret's own name. Allowed: MONITORING_DB_PASSWORD.\n"
        "  5. line (line 6): found what is no assignment. Allowed: NAME='value'. Close its quotes.\n"
    )
    assert kept() == {}


def test_a_command_is_asked_for_each_secret_by_its_name(run: Run, kept: Callable[[], dict[str, str]]) -> None:
    program = "import sys; print('value of $' + sys.argv[1])"
    assert run("--command", f"{sys.executable} -c {shlex.quote(program)} {{name}}") == 0
    assert kept() == {"dbPassword": "value of $dbPassword", "shopSlack": "value of $shopSlack"}


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("echo 'x", '--command: found "echo \'x" (No closing quotation). Allowed: a command, quoted as in a shell.'),
        ("pass show", "--command: found 'pass show'. Allowed: a command with {name} among its arguments."),
        ("false {name}", "--command: it ended with 1 for dbPassword, and nothing was kept."),
        ("true {name}", "--command for dbPassword: found nothing. Allowed: a value."),
        ("no-such-program {name}", "--command: no-such-program cannot be run (No such file or directory)."),
    ],
)
def test_a_command_that_gives_nothing_is_told(
    run: Run, kept: Callable[[], dict[str, str]], capsys: pytest.CaptureFixture[str], command: str, sentence: str
) -> None:
    assert run("--command", command) == 1
    assert capsys.readouterr().err == f"{sentence}\n"
    assert kept() == {}


def test_names_that_the_stack_does_not_need_are_refused(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("dbPasword", "prometheusPassword") == 2
    assert capsys.readouterr().err == (
        "make secrets: 2 mistakes, nothing was deployed.\n"
        "  1. secrets: found 'dbPasword'. Allowed: dbPassword, shopSlack. Did you mean 'dbPassword'?\n"
        "  2. secrets: found 'prometheusPassword'. Allowed: dbPassword, shopSlack.\n"
    )


def test_without_a_terminal_only_one_can_be_given(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("dbPassword", "shopSlack", stdin="x") == 1
    assert "There is no terminal to ask on: name one secret" in capsys.readouterr().err


def test_what_is_kept_can_be_dropped_but_not_what_the_stack_made(
    run: Run, kept: Callable[[], dict[str, str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secrets = LocalSecrets(tmp_path / "state" / "kettle" / KEPT)
    secrets.ensure(["prometheusPassword"])
    secrets.keep({"dbPassword": "x", "oldPassword": "y"})
    run()
    assert listed(capsys.readouterr().out)["oldPassword"][0] == "kept on this machine, and nothing needs it"
    assert run("--forget", "prometheusPassword") == 2
    assert "Allowed: dbPassword, oldPassword." in capsys.readouterr().err
    run("--forget", "oldPassword")
    assert kept().keys() == {"prometheusPassword", "dbPassword"}
    assert run("--forget") == 2


def test_mistakes_in_the_stack_file_are_told(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(demo={"enabled": "perhaps"}) == 2
    assert "demo.enabled" in capsys.readouterr().err
