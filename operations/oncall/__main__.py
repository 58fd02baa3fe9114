"""`python -m operations.oncall COMMAND --stack NAME`: what `make alerts`, `silence` and `notify-test` run."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from operations.oncall.alerts import firing, shown
from operations.oncall.notify_test import notify_test
from operations.oncall.running import running
from operations.oncall.silence import Wanted, end, silence, silences
from operations.verify.live import Live
from runtimes.console import Failure
from runtimes.health import CouldNotRunError, NoAnswerError
from settings.types import DURATION_PATTERN, PATTERN_SENTENCES


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and do it.

    Returns:
        0 when it is done, 1 when a receiver did not take its test message, 2 when nothing could be done.
    """
    options = _parsed(arguments)
    try:
        with running(options.stack, options.file) as live:
            return _COMMANDS[options.command](live, options)
    except (CouldNotRunError, Failure, NoAnswerError) as error:
        print(error, file=sys.stderr)
        return 2


def _alerts(live: Live, _arguments: argparse.Namespace) -> int:
    console, now = Console(), live.now()
    for line in shown(firing(live, now), live.declared.settings.alerting.timezone, now):
        console.print(line, soft_wrap=True)
    return 0


def _silence(live: Live, arguments: argparse.Namespace) -> int:
    if arguments.list:
        print("\n".join(silences(live)) or "There is no silence.")
    elif arguments.end:
        print(end(live, arguments.end))
    else:
        print(silence(live, Wanted(arguments.service, arguments.alert, arguments.duration, arguments.reason)))
    return 0


def _notify_test(live: Live, arguments: argparse.Namespace) -> int:
    answered = notify_test(live, arguments.receiver)
    print(answered.told)
    return 0 if answered.taken else 1


_COMMANDS = {"alerts": _alerts, "notify-test": _notify_test, "silence": _silence}


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m operations.oncall", description=__doc__)
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--stack", default="dev", help="stack to ask (default: dev)")
    shared.add_argument("--file", type=Path, help="stack file; default: Pulumi.<stack>.yaml")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("alerts", parents=[shared], help="what fires, what became of it, who was told when")
    test = commands.add_parser("notify-test", parents=[shared], help="send one marked message to a receiver")
    test.add_argument("receiver", nargs="?", help="its name in the stack file")
    silent = commands.add_parser("silence", parents=[shared], help="keep messages back for a while")
    silent.add_argument("--service", action="append", default=[], help="a service; may be repeated (default: all)")
    silent.add_argument("--alert", action="append", default=[], help="an alert; may be repeated (default: all)")
    silent.add_argument("--for", dest="duration", type=_duration, help="how long, such as 30m, 2h or 1d")
    silent.add_argument("--reason", help="why, for those who see it")
    silent.add_argument("--list", action="store_true", help="show the silences there are")
    silent.add_argument("--end", metavar="ID", help="let a silence end now")
    options = parser.parse_args(arguments)
    if options.command == "silence" and not (options.list or options.end):
        said = {"--for": options.duration, "--reason": options.reason}
        missing = " and ".join(option for option, value in said.items() if not value)
        if missing:
            silent.error(f"found no {missing}. Say for example: --service orders-db --for 2h --reason 'new disk'")
    return options


def _duration(text: str) -> str:
    if not re.match(DURATION_PATTERN, text):
        raise argparse.ArgumentTypeError(f"found {text!r}. Allowed: {PATTERN_SENTENCES[DURATION_PATTERN]}")
    return text


if __name__ == "__main__":
    sys.exit(main())
