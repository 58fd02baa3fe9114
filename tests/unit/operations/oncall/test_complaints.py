"""Answers of receivers, as Alertmanager 0.34.2 logs them."""

from __future__ import annotations

from operations.oncall.complaints import complaints

SENT = "2026-11-26T09:40:54Z"
_RETRY = (
    'time=2026-11-26T09:40:02.406Z level=WARN source=retry_stage.go:165 msg="Notify attempt failed, will retry later"'
    " component=dispatcher receiver={receiver} integration={integration}"
    r' aggrGroup="{{}}/{{notify_test=\"hook\"}}:{{notify_test=\"hook\", sent=\"{sent}\"}}" attempts=1 err={error}'
)
_GIVEN_UP = (
    'time=2026-11-26T09:40:55.889Z level=ERROR source=dispatch.go:589 msg="Notify for alerts failed"'
    r' component=dispatcher aggrGroup="{}/{notify_test=\"both\"}:{notify_test=\"both\", sent=\"2026-11-26T09:40:54Z\"}"'
    r' num_alerts=1 err="both/slack[0]: notify retry canceled due to unrecoverable error after 1 attempts:'
    r" channel \"#a\": unexpected status code 404: no_service\nboth/webhook[0]: notify retry canceled due to"
    r' unrecoverable error after 1 attempts: unexpected status code 400: later \"you\"\nnext"'
)


def retry(error: str, receiver: str = "hook", integration: str = "webhook[0]", sent: str = SENT) -> str:
    return _RETRY.format(receiver=receiver, integration=integration, sent=sent, error=error)


def test_what_is_tried_again_says_so_for_each_integration_and_the_newest_counts() -> None:
    log = "\n".join(
        [
            retry(r'"unexpected status code 503: later \"you\"\nnext \u2028 🔥"'),
            retry('"unexpected status code 500: record broken"', integration="webhook[1]"),
            retry("EOF"),
            retry('"another message"', sent="2026-11-26T09:39:00Z"),
            retry('"another receiver"', receiver="hook-2"),
            'time=… level=INFO msg="Notify success" component=dispatcher receiver=hook integration=webhook[1]'
            f" aggrGroup={SENT} attempts=2",
        ]
    )
    assert complaints(log, "hook", SENT) == {
        "webhook[0]": "EOF",
        "webhook[1]": "unexpected status code 500: record broken",
    }
    first = complaints(log.splitlines()[0], "hook", SENT)
    assert first == {"webhook[0]": 'unexpected status code 503: later "you" next 🔥'}


def test_what_is_given_up_is_one_line_about_all_integrations() -> None:
    assert complaints(_GIVEN_UP, "both", SENT) == {
        "slack[0]": 'channel "#a": unexpected status code 404: no_service',
        "webhook[0]": 'unexpected status code 400: later "you" next',
    }


def test_a_log_without_complaints_has_none() -> None:
    assert complaints("", "hook", SENT) == {}
    assert complaints('time=… level=INFO msg="Listening on" address=127.0.0.1:9093', "hook", SENT) == {}
