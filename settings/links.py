"""The section `monitoring:links`: where links in alerts lead."""

from __future__ import annotations

from pydantic import Field, field_validator

from settings.errors import shown
from settings.section import Section, mistake
from settings.types import Url

ALERT = "{alert}"
"""What stands for the alert's name in an address."""


class LinksSettings(Section):
    """Where links in alerts lead. Those to dashboards begin with `grafana.url`, else with `viewer.url`."""

    runbooks: Url | None = Field(
        default=None,
        description=(
            "Where the runbooks are: `/<alert>` is put behind it, or `{alert}` in it is replaced by the alert's name."
            " Default: the stack's own page, where the runtime publishes it; behind a proxy of yours,"
            " https://<its address>/{alert}.html."
        ),
    )

    @field_validator("runbooks")
    @classmethod
    def _no_other_template(cls, url: str | None) -> str | None:
        """Prometheus reads annotations as templates, and would refuse the rule file."""
        if url and any(brace in url.replace(ALERT, "") for brace in "{}"):
            raise mistake(
                shown(url), f"a URL without other braces than those of {ALERT}", "Write braces as %7B and %7D."
            )
        return url
