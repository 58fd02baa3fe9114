"""nginx through nginx-prometheus-exporter (port 9113)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from catalog.kind import Kind, exporter_job, up_behind
from catalog.plan import Contribution, Exporter
from settings.section import mistake
from settings.service import TargetService
from settings.types import UrlPath

_PORT = 9113


class NginxService(TargetService):
    """An nginx server whose module stub_status answers on a path that the exporter may ask."""

    kind: Literal["nginx"]
    protocol: Literal["http", "https"] = Field(default="http", description="What the target speaks.")
    path: UrlPath = Field(default="/stub_status", description="Path of its stub_status page.")
    verify_certificate: bool = Field(default=True, description="Whether an https target's certificate is checked.")

    @model_validator(mode="after")
    def _certificate_of_https(self) -> NginxService:
        if self.protocol == "http" and "verify_certificate" in self.model_fields_set:
            raise mistake("it with protocol http", "it with https", field="verify_certificate")
        return self


def _contribute(service: NginxService) -> Contribution:
    exporter = Exporter(
        name=f"nginx-exporter-{service.name}",
        image="nginx-exporter",
        port=_PORT,
        service=service.name,
        args=(f"--nginx.scrape-uri={service.protocol}://{service.target}{service.path}",),
        # Its default differs between versions.
        env={"SSL_VERIFY": str(service.verify_certificate).lower()},
    )
    return Contribution(
        scrape_jobs=(exporter_job(service, exporter),), exporters=(exporter,), up=up_behind(service, "nginx_up")
    )


KIND = Kind("nginx", NginxService, _contribute, ("nginx",), dashboards=("nginx",))
