"""The options of Alertmanager's integrations, as version 0.34 reads them: it refuses a configuration with any other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from settings.errors import did_you_mean, listed
from settings.section import mistake

# Options by name: None for a value, or a mapping of the owner's own keys; else what stands in it, or in each of a list.
_Options = Mapping[str, Any]


def _named(names: str, **inner: _Options) -> dict[str, Any]:
    return {**dict.fromkeys(names.split()), **inner}


_TLS = _named("ca cert key ca_file cert_file key_file ca_ref cert_ref key_ref server_name insecure_skip_verify "
              "min_version max_version")  # fmt: skip
_PROXY = "proxy_url no_proxy proxy_from_environment proxy_connect_header"
_HTTP = _named(
    f"bearer_token bearer_token_file follow_redirects enable_http2 http_headers {_PROXY}",
    basic_auth=_named("username username_file username_ref password password_file password_ref"),
    authorization=_named("type credentials credentials_file credentials_ref"),
    oauth2=_named(
        "client_id client_secret client_secret_file client_secret_ref scopes token_url endpoint_params grant_type "
        "client_certificate_key_id client_certificate_key client_certificate_key_file client_certificate_key_ref "
        f"signature_algorithm iss audience claims {_PROXY}",
        tls_config=_TLS,
    ),
    tls_config=_TLS,
)
_FIELD = _named("title value short")
_ATTACHMENT = _named(
    "fallback color pretext text author_name author_link author_icon title title_link thumb_url footer footer_icon "
    "image_url",
    fields=_FIELD,
)


def _integration(names: str, **inner: _Options) -> dict[str, Any]:
    return _named(f"send_resolved {names}", http_config=_HTTP, **inner)


_EMAIL = _named(
    "send_resolved to from hello smarthost auth_username auth_password auth_password_file auth_secret auth_secret_file "
    "auth_identity headers html text require_tls force_implicit_tls",
    tls_config=_TLS,
    threading=_named("enabled thread_by_date"),
)
OPTIONS: Mapping[str, _Options] = {
    "discord_configs": _integration("webhook_url webhook_url_file content title message username avatar_url"),
    "email_configs": _EMAIL,
    "incidentio_configs": _integration("url url_file alert_source_token alert_source_token_file max_alerts timeout"),
    "jira_configs": _integration(
        "api_url api_type project labels priority issue_type reopen_transition resolve_transition wont_fix_resolution "
        # Text, or a template with what may change it.
        "reopen_duration fields summary description"
    ),
    "mattermost_configs": _integration(
        "webhook_url webhook_url_file channel username icon_url icon_emoji type",
        attachments=_ATTACHMENT,
        props=_named("card"),
        priority=_named("priority requested_ack persistent_notifications"),
        **{name: inner for name, inner in _ATTACHMENT.items() if name == "fields"},
    )
    | dict.fromkeys(name for name in _ATTACHMENT if name != "fields"),
    "msteams_configs": _integration("webhook_url webhook_url_file title summary text"),
    "msteamsv2_configs": _integration("webhook_url webhook_url_file title text"),
    "opsgenie_configs": _integration(
        "api_key api_key_file api_url message description source details entity actions tags note priority "
        "update_alerts",
        responders=_named("id name username type"),
    ),
    "pagerduty_configs": _integration(
        "service_key service_key_file routing_key routing_key_file url client client_url description details source "
        "severity class component group timeout",
        images=_named("src alt href"),
        links=_named("href text"),
    ),
    "pushover_configs": _integration(
        "user_key user_key_file token token_file title message url url_title device sound priority retry expire ttl "
        "html monospace"
    ),
    "rocketchat_configs": _integration(
        "api_url token_id token_id_file token token_file channel color title title_link text fields short_fields emoji "
        "icon_url image_url thumb_url link_names actions"
    ),
    "slack_configs": _integration(
        "api_url api_url_file app_token app_token_file app_url channel username color title title_link pretext text "
        "message_text short_fields footer fallback callback_id icon_emoji icon_url image_url thumb_url link_names "
        "mrkdwn_in update_message timeout",
        fields=_FIELD,
        actions=_named("type text url style name value", confirm=_named("text title ok_text dismiss_text")),
    ),
    "sns_configs": _integration(
        "api_url topic_arn phone_number target_arn subject message attributes use_aws_http_client",
        sigv4=_named("region access_key secret_key profile role_arn external_id use_fips_sts_endpoint service_name"),
    ),
    "telegram_configs": _integration(
        "api_url bot_token bot_token_file chat_id chat_id_file message_thread_id message disable_notifications "
        "parse_mode"
    ),
    "victorops_configs": _integration(
        "api_key api_key_file api_url routing_key message_type state_message entity_display_name monitoring_tool "
        "custom_fields"
    ),
    "webex_configs": _integration("api_url message room_id"),
    "webhook_configs": _integration("url url_file max_alerts timeout payload"),
    "wechat_configs": _integration(
        "api_secret api_secret_file corp_id message api_url to_user to_party to_tag agent_id message_type"
    ),
}
"""By integration."""


def check_options(value: object, options: _Options, path: str) -> None:
    """Refuse an option that there is not.

    Args:
        value: what stands there: options, or a list of such.
        options: those that there are.
        path: of the value, for the mistake.
    """
    for place, found in _mappings(value, path):
        for key, inner in found.items():
            if key not in options:
                raise mistake(f"unknown option {key!r}", listed(options), did_you_mean(key, options), field=place)
            if options[key] is not None:
                check_options(inner, options[key], f"{place}.{key}")


def _mappings(value: object, path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    entries = [(f"{path}[{index}]", entry) for index, entry in enumerate(value)] if isinstance(value, list) else []
    yield from ((place, entry) for place, entry in entries or [(path, value)] if isinstance(entry, dict))
