"""Uptime probes through the blackbox exporter: what a caller sees, from outside the service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from pydantic import Field, model_validator

from catalog.kind import Kind, scrape_job, up_behind
from catalog.plan import Contribution
from settings.section import mistake
from settings.service import TargetService
from settings.syntax import Expression
from settings.types import Host, UrlPath

ProbeProtocol = Literal["http", "https", "tcp", "tls", "dns"]
RecordType = Literal["A", "AAAA", "CNAME", "MX", "TXT"]

_HTTP: tuple[ProbeProtocol, ...] = ("http", "https")
_DNS: tuple[ProbeProtocol, ...] = ("dns",)
# Fields that only some protocols have.
_PROTOCOLS: Mapping[str, tuple[ProbeProtocol, ...]] = {
    "path": _HTTP,
    "expected_status": _HTTP,
    "fail_if_body_matches": _HTTP,
    "query": _DNS,
    "record_type": _DNS,
}
_REDIRECTS = range(300, 400)


class ProbeService(TargetService):
    """Something to probe: an HTTP(S) URL, a TCP port with or without TLS, or a DNS server."""

    kind: Literal["probe"]
    protocol: ProbeProtocol = Field(default="http", description="What the probe speaks; `target` of dns is the server.")
    path: UrlPath = Field(default="/", description="http, https: path.")
    expected_status: int | None = Field(
        default=None,
        ge=100,
        le=599,
        description=(
            "http, https: the one status that is right; default: any 2xx. Redirects are followed unless it is 3xx."
        ),
    )
    fail_if_body_matches: Expression | None = Field(
        default=None, description="http, https: regular expression of an answer that says it is degraded."
    )
    query: Host | None = Field(default=None, description="dns: the name to ask for; required there.")
    record_type: RecordType = Field(default="A", description="dns: type of the record that must be there.")

    @model_validator(mode="after")
    def _fields_of_the_protocol(self) -> ProbeService:
        for field, protocols in _PROTOCOLS.items():
            if field in self.model_fields_set and self.protocol not in protocols:
                raise mistake(f"it with protocol {self.protocol}", f"it with {' or '.join(protocols)}", field=field)
        if self.protocol == "dns" and self.query is None:
            raise mistake("nothing", "the name to ask for, for example example.com", "Add it.", field="query")
        return self


def _contribute(service: ProbeService) -> Contribution:
    is_http = service.protocol in _HTTP
    prober = "http" if is_http else service.protocol
    module = _own_module(service)
    name = f"{prober}-{service.name}" if module else prober
    target = f"{service.protocol}://{service.target}{service.path}" if is_http else service.target
    job = replace(scrape_job(service, target), probe_module=name)
    return Contribution(
        scrape_jobs=(job,),
        probe_modules={name: module} if module else {},
        up=up_behind(service, "probe_success"),
    )


def _own_module(service: ProbeService) -> dict[str, Any] | None:
    """What the exporter must know of this probe alone; None when a shared module will do."""
    ipv4 = {"preferred_ip_protocol": "ip4"}
    if service.protocol == "dns":
        # An answer without such a record would otherwise be a success.
        records = {"fail_if_none_matches_regexp": [rf"\sIN\s+{service.record_type}\s"]}
        question = {"query_name": service.query, "query_type": service.record_type, "validate_answer_rrs": records}
        return {"prober": "dns", "timeout": "5s", "dns": {**ipv4, **question}}
    checks: dict[str, Any] = {}
    if service.expected_status is not None:
        checks["valid_status_codes"] = [service.expected_status]
        if service.expected_status in _REDIRECTS:
            # One that is followed is never the answer.
            checks["follow_redirects"] = False
    if service.fail_if_body_matches is not None:
        checks["fail_if_body_matches_regexp"] = [service.fail_if_body_matches]
    return {"prober": "http", "timeout": "5s", "http": {**ipv4, **checks}} if checks else None


KIND = Kind("probe", ProbeService, _contribute, ("probes",), dashboards=("probes",), targets_another=True)
