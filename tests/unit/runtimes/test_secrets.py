"""Secrets without an engine: made once, kept for their owner alone, and written into the same files as with one."""

from __future__ import annotations

import configparser
import getpass
import io
import json
import os
import pty
import re
import string
import subprocess
import sys
from pathlib import Path
from typing import Any

import bcrypt
import pytest
import yaml

from operations.target import LoadedTarget, load_target
from runtimes.secrets import KEPT, LocalSecrets, require, secret_of_variable, stack_folder, variable
from settings.errors import ConfigurationError
from settings.secrets import SecretFile, SecretRef, basic_auth_users
from settings.stackfile import RawConfiguration
from tests.conftest import Deploy
from tests.stacks import stack_file
from workloads.workload import ExecProbe, Limits, Workload

NEEDED = ("prometheusPassword", "memoryCachePassword")


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cost of a hash is what makes it slow; four is the least there is."""
    dear = bcrypt.gensalt
    monkeypatch.setattr(bcrypt, "gensalt", lambda: dear(rounds=4))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "monitoring" / "dev" / "secrets.json"


def kept(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def workload(**files: SecretFile) -> Workload:
    return Workload(
        name="kettle",
        image="kettle",
        user=1,
        limits=Limits(cpus=1, memory_mebibytes=1),
        probe=ExecProbe(("true",)),
        secrets=files,
    )


def test_what_is_needed_is_generated_long_and_without_characters_that_need_quoting(path: Path) -> None:
    LocalSecrets(path).ensure(NEEDED)
    secrets = kept(path)
    assert set(secrets) == set(NEEDED)
    values = {secret["value"] for secret in secrets.values()}
    assert len(values) == 2
    for value in values:
        assert len(value) == 32
        assert set(value) <= set(string.ascii_letters + string.digits)


def test_two_stacks_never_get_the_same_password(tmp_path: Path) -> None:
    for stack in ("dev", "test"):
        LocalSecrets(tmp_path / stack).ensure(NEEDED)
    values = [kept(tmp_path / stack)[name]["value"] for stack in ("dev", "test") for name in NEEDED]
    assert len(set(values)) == 4


def test_secrets_stay_the_same_from_run_to_run(path: Path) -> None:
    LocalSecrets(path).ensure(NEEDED)
    before = path.read_bytes(), path.stat().st_mtime_ns
    LocalSecrets(path).ensure(NEEDED)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_a_secret_that_is_needed_later_joins_those_that_are_kept(path: Path) -> None:
    LocalSecrets(path).ensure(NEEDED[:1])
    before = kept(path)
    LocalSecrets(path).ensure(NEEDED)
    after = kept(path)
    assert after[NEEDED[0]] == before[NEEDED[0]]
    assert set(after) == set(NEEDED)


def test_only_the_owner_can_read_them(path: Path) -> None:
    LocalSecrets(path).ensure(NEEDED)
    assert f"{path.stat().st_mode & 0o777:o}" == "600"
    assert f"{path.parent.stat().st_mode & 0o777:o}" == "700"
    LocalSecrets(path).ensure([*NEEDED, "alertmanagerPassword"])
    assert f"{path.stat().st_mode & 0o777:o}" == "600"
    assert [found.name for found in path.parent.iterdir()] == ["secrets.json"]


def test_secrets_that_only_their_owner_can_know_come_from_the_environment_and_are_kept(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    awkward = 'https://hooks.example.com/a?b=$1&c="<é>"\n'
    monkeypatch.setenv("MONITORING_SLACK_URL", awkward)
    LocalSecrets(path).ensure(["slackUrl", *NEEDED])
    monkeypatch.delenv("MONITORING_SLACK_URL")
    secrets = LocalSecrets(path)
    secrets.ensure(["slackUrl"])
    assert secrets.files(workload(slackUrl=SecretFile.of("slackUrl"))) == {"slackUrl": awkward}
    monkeypatch.setenv("MONITORING_SLACK_URL", "another")
    LocalSecrets(path).ensure(["slackUrl"])
    assert kept(path)["slackUrl"]["value"] == "another"


def test_a_password_that_the_stack_makes_is_not_taken_from_the_environment(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITORING_PROMETHEUS_PASSWORD", "hunter2")
    LocalSecrets(path).ensure(NEEDED)
    assert kept(path)["prometheusPassword"]["value"] != "hunter2"


def test_a_dollar_sign_in_an_options_file_is_a_reference_to_one(path: Path) -> None:
    secrets = LocalSecrets(path)
    secrets.keep({"ordersPassword": "a$b${C}$"})
    options = SecretFile(("dollar = $\npassword = ", SecretRef("ordersPassword", "my-cnf"), "\n"))
    read = configparser.ConfigParser()
    read.read_string(f"[client]\n{secrets.files(workload(my_cnf=options))['my_cnf']}")
    assert read["client"]["password"] == "a$b${C}$"
    assert "password = a$" not in secrets.files(workload(my_cnf=options))["my_cnf"]


def test_files_are_filled_with_values_json_and_hashes(path: Path) -> None:
    secrets = LocalSecrets(path)
    secrets.ensure(NEEDED)
    value = {name: kept(path)[name]["value"] for name in NEEDED}
    files = secrets.files(
        workload(
            plain=SecretFile.of("memoryCachePassword"),
            passwords=SecretFile(('{"redis://cache": ', SecretRef("memoryCachePassword", "json"), "}\n")),
            web=basic_auth_users("admin", "prometheusPassword"),
        )
    )
    assert files["plain"] == value["memoryCachePassword"]
    assert json.loads(files["passwords"]) == {"redis://cache": value["memoryCachePassword"]}
    user, _, hashed = files["web"].removeprefix("basic_auth_users:\n  ").strip().partition(": ")
    assert user == "admin"
    assert bcrypt.checkpw(value["prometheusPassword"].encode(), hashed.encode())


def test_a_hash_stays_the_same_so_that_a_second_run_changes_no_file(path: Path) -> None:
    asking = workload(web=basic_auth_users("admin", "prometheusPassword"))
    first = LocalSecrets(path)
    first.ensure(NEEDED)
    second = LocalSecrets(path)
    second.ensure(NEEDED)
    assert first.files(asking) == second.files(asking)


def test_a_workload_without_secrets_gets_no_files(path: Path) -> None:
    assert LocalSecrets(path).files(workload()) == {}


def test_every_secret_file_of_the_dev_stack_can_be_filled_and_is_the_file_that_the_engine_would_write(
    path: Path, deployed: Deploy
) -> None:
    dev = deployed("dev")
    secrets = LocalSecrets(path)
    secrets.ensure(
        {ref.name for w in dev.program.workloads for file in w.secrets.values() for ref in file.references()}
    )
    values = kept(path)
    compared = 0
    for found in dev.program.workloads:
        # The engine's files hold stand-ins where these hold values.
        expected = dev.files(found.name, "secrets")
        for name, secret in values.items():
            expected = {
                file: text.replace(f"<secret {name}>", secret["value"]).replace(
                    f"<bcrypt of secret {name}>", secret["bcrypt"]
                )
                for file, text in expected.items()
            }
        assert secrets.files(found) == expected, found.name
        compared += len(expected)
    assert compared > 10


def test_what_was_forgotten_is_generated_anew_and_nothing_else(path: Path) -> None:
    secrets = LocalSecrets(path)
    secrets.ensure(NEEDED)
    before = kept(path)
    secrets.forget(["prometheusPassword"])
    assert set(kept(path)) == {"memoryCachePassword"}
    secrets.ensure(NEEDED)
    assert kept(path)["memoryCachePassword"] == before["memoryCachePassword"]
    assert kept(path)["prometheusPassword"] != before["prometheusPassword"]


def test_forgetting_nothing_writes_nothing(path: Path) -> None:
    LocalSecrets(path).forget([])
    assert not path.exists()


AWKWARD = "a$b '\"\\ \u00fc\U0001f600\nsecond line\t#end "


def test_a_value_of_any_characters_stays_as_it_is_in_files_of_every_form(path: Path) -> None:
    secrets = LocalSecrets(path)
    secrets.keep({"dbPassword": AWKWARD})
    as_json = SecretFile(("password: ", SecretRef("dbPassword", "json"), "\n"))
    files = LocalSecrets(path).files(workload(plain=SecretFile.of("dbPassword"), in_yaml=as_json))
    assert files["plain"] == AWKWARD
    assert yaml.safe_load(files["in_yaml"]) == {"password": AWKWARD}
    assert json.loads(files["in_yaml"].removeprefix("password: ")) == AWKWARD


@pytest.mark.parametrize("secret", ["shopSlack", "ordersDbPassword", "aURL", "db2Password"])
def test_an_environment_variable_names_one_secret(secret: str) -> None:
    assert secret_of_variable(variable(secret)) == secret
    assert secret_of_variable("PATH") is None


def stack(folder: Path, *, asking: bool = False, **sections: Any) -> LoadedTarget:
    """A stack with a database password that only its owner knows."""
    service = {"name": "db", "kind": "postgres", "target": "db:5432", "password": "dbPassword"}
    return load_target("kettle", stack_file(folder, base=None, services=[service], **sections), asking=asking)


def test_a_secret_that_is_nowhere_is_a_mistake_with_its_place_and_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigurationError, match=r"services\[0\]\.password \(line \d+\): found 'dbPassword', a secret"
    ) as found:
        stack(tmp_path)
    assert "Set it: make secrets STACK=kettle ARGS=dbPassword, or pulumi config set --secret dbPassword" in str(
        found.value
    )


def test_a_secret_that_is_kept_or_in_the_environment_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONITORING_DB_PASSWORD", "x")
    assert stack(tmp_path)
    monkeypatch.delenv("MONITORING_DB_PASSWORD")
    LocalSecrets(tmp_path / "state" / "kettle" / KEPT).keep({"dbPassword": "x"})
    assert stack(tmp_path)


def test_what_is_kept_and_no_longer_named_is_no_mistake(tmp_path: Path) -> None:
    LocalSecrets(tmp_path / "state" / "kettle" / KEPT).keep({"dbPassword": "x", "oldPassword": "y"})
    assert stack(tmp_path)


def test_a_folder_that_is_said_wrongly_keeps_no_mistake_from_being_told(tmp_path: Path) -> None:
    for directory in (3, "\0", "relative"):
        raw = RawConfiguration("x", {"docker": {"directory": directory}})
        assert stack_folder(raw, "kettle").name == "kettle"
    assert stack_folder(RawConfiguration("x", {"runtime": "nowhere"}), "kettle").name == "kettle"


def test_an_encrypted_secret_is_asked_for_where_no_engine_decrypts_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = stack(tmp_path, dbPassword={"secure": "v1:x"})
    require(target, decrypted=True)
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    with pytest.raises(ConfigurationError) as found:
        require(target, decrypted=False)
    place = target.raw.places["services[0].password"]
    assert [str(mistake) for mistake in found.value.mistakes] == [
        f"services[0].password (line {place.line}): found 'dbPassword', a secret that is encrypted, and there is no "
        "Pulumi engine to decrypt it. Allowed: a secret that is given. Set it: make secrets STACK=kettle "
        "ARGS=dbPassword, or MONITORING_DB_PASSWORD in the environment."
    ]
    assert not target.directory.exists()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_somebody_is_asked_without_showing_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[str] = []
    answers = iter(["", AWKWARD])

    def answer(prompt: str) -> str:
        asked.append(prompt)
        return next(answers)

    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(getpass, "getpass", answer)
    target = stack(tmp_path, asking=True)
    require(target, decrypted=False)
    assert asked == ["Secret dbPassword (not shown): "] * 2, "nothing is no secret"
    assert LocalSecrets(target.directory / KEPT).values(["dbPassword"]) == {"dbPassword": AWKWARD}
    assert "".join(capsys.readouterr()) == ""
    require(target, decrypted=False)
    assert len(asked) == 2


def test_what_the_environment_gives_is_kept_for_later_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONITORING_DB_PASSWORD", AWKWARD)
    require(stack(tmp_path), decrypted=False)
    monkeypatch.delenv("MONITORING_DB_PASSWORD")
    require(stack(tmp_path), decrypted=False)


def test_a_file_that_is_not_as_it_was_written_is_a_mistake(path: Path) -> None:
    path.parent.mkdir(parents=True)
    for text in ("{", "[]", '{"a": {"b": 1}}', '{"a": 1}'):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ConfigurationError, match=r"secrets\.json: found no secrets\. Allowed: what"):
            LocalSecrets(path)


TYPED = {
    b"\x04": "failed: Nothing was typed for shopSlack: run the command again.",
    b"\x03": "failed: Nothing was typed for shopSlack: run the command again.",
    b"\xff\n": "failed: shopSlack: found what is no UTF-8. Allowed: text. Run the command again.",
    b"a\x1b[D\n": "failed: shopSlack: found a key that is no letter. Allowed: one line of text. Run the command again.",
    b"-----BEGIN CERTIFICATE-----\n": "failed: shopSlack: found the first line of several. Allowed: one line of text. "
    "Give it as a file: make secrets ARGS=shopSlack < the file.",
    "pä$$ '\n".encode(): "typed: pä$$ '",
}
ASKING = f"""
import fcntl, signal, termios
from runtimes.console import Failure
from runtimes.secrets import ask
# A program that was started in the background does not hear Ctrl+C, nor do those that it starts: these tests may be.
signal.signal(signal.SIGINT, signal.default_int_handler)
# The terminal on which Ctrl+C is for this program.
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
for _ in range({len(TYPED)}):
    try:
        print("typed:", ask("shopSlack"), flush=True)
    except Failure as failure:
        print("failed:", failure, flush=True)
"""


def test_what_is_typed_on_a_real_terminal_is_kept_whole_or_refused_in_a_sentence() -> None:
    terminal, its_end = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", ASKING], stdin=its_end, stdout=its_end, stderr=its_end, start_new_session=True
    ) as asking:
        os.close(its_end)
        shown, answers = b"", iter(TYPED)
        try:
            while part := os.read(terminal, 1000):
                shown += part
                if shown.endswith(b"(not shown): "):
                    os.write(terminal, next(answers))
        except OSError:
            # The terminal is gone with its program.
            pass
    os.close(terminal)
    assert asking.returncode == 0
    assert re.findall(r"(?:failed|typed): .*", shown.decode().replace("\r", "")) == [*TYPED.values()]
