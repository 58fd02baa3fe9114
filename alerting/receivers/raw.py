"""Whatever else Alertmanager can tell: its own configuration, word by word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pydantic import Field, model_validator

from alerting.receivers.options import OPTIONS, check_options
from alerting.receivers.receiver import Block, Contact, ReceiverKind
from settings.errors import did_you_mean, listed
from settings.receiver import ReceiverSettings
from settings.secrets import SECRETS_DIRECTORY, secret_path
from settings.section import mistake
from settings.types import SecretName

# Options of Alertmanager that hold a secret themselves; each but those of `_WITHOUT_FILE` has a twin that names a file.
_SECRET_OPTIONS = frozenset(
    {
        *("api_key", "api_secret", "app_token", "auth_password", "auth_secret", "bot_token", "client_secret"),
        *("credentials", "password", "routing_key", "secret_key", "service_key", "token", "token_id", "user_key"),
        *("alert_source_token", "bearer_token"),
    }
)
_WITHOUT_FILE = frozenset({"secret_key"})


class RawSettings(ReceiverSettings):
    """A receiver of Alertmanager as its documentation writes it, without its name."""

    config: dict[str, list[dict[str, Any]]] = Field(
        min_length=1, description="Integrations, such as `{pushover_configs: [{…}]}`; secrets as files."
    )
    secret_names: tuple[SecretName, ...] = Field(
        default=(), alias="secrets", description="Names of secrets that it reads as /run/secrets/<name>."
    )

    @model_validator(mode="after")
    def _obvious(self) -> RawSettings:
        for integration, entries in self.config.items():
            if integration not in OPTIONS:
                allowed, near = listed(OPTIONS), did_you_mean(integration, OPTIONS)
                raise mistake(f"unknown integration {integration!r}", allowed, near, field="config")
            check_options(entries, OPTIONS[integration], f"config.{integration}")
            for path, option in _options(entries, f"config.{integration}"):
                if option in _SECRET_OPTIONS:
                    raise mistake(
                        "a plain value, readable by everyone",
                        "options that name a file"
                        if option in _WITHOUT_FILE
                        else f"{option}_file: {SECRETS_DIRECTORY}/<name of a secret>",
                        "Set the value with make secrets, and list its name under secrets.",
                        field=path,
                    )
        used = set(re.findall(rf"{SECRETS_DIRECTORY}/(\w+)", str(self.config)))
        for name in sorted(used - {*self.secret_names}):
            raise mistake(secret_path(name), "files of the secrets it lists", f"Add {name} to secrets.", field="config")
        for name in sorted({*self.secret_names} - used):
            allowed = "names of secrets that config reads"
            raise mistake(repr(name), allowed, f"Write {secret_path(name)} where it belongs.", field="secrets")
        return self

    def secrets(self) -> dict[str, str]:
        """The secrets it lists."""
        return {f"secrets[{index}]": name for index, name in enumerate(self.secret_names)}


def _options(value: object, path: str) -> Iterator[tuple[str, str]]:
    """Every option at any depth, with its place."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield f"{path}.{key}", str(key)
            yield from _options(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _options(inner, f"{path}[{index}]")


def _alertmanager(settings: RawSettings) -> Block:
    return settings.config


def _grafana(settings: RawSettings) -> Contact:
    raise mistake(
        listed(settings.config),
        "nothing with grafana.alerting: managed",
        "That is Alertmanager's own configuration: use another kind, or grafana.alerting: alertmanager.",
        field="config",
    )


RECEIVER = ReceiverKind("raw", RawSettings, _alertmanager, _grafana)
