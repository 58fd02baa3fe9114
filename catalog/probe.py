"""Uptime probes through the blackbox exporter: what a caller sees, from outside the service."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from catalog.blackbox import SHARED_MODULES, USUAL_TIMEOUT, Module, ip_options, module
from catalog.http_client import login_options, tls_options
from catalog.kind import Kind
from catalog.plan import Contribution
from catalog.probe_values import EachHeaderOnce, ProbeHeaderName, Probers, ProbeStatuses, host_alone, host_and_port
from catalog.prober import probe_jobs, up_as_seen
from settings.access import HeaderValue, Login, Tls, one_credential
from settings.errors import shown
from settings.expression import Expression
from settings.section import mistake
from settings.service import OWN_PROBER, TargetService
from settings.syntax import host_of, is_ipv4, is_ipv6
from settings.types import Duration, Host, NoBlank, ProbeTarget, ProxyUrl, SecretName, UrlPath, seconds

ProbeProtocol = Literal["http", "https", "tcp", "tls", "grpc", "grpcs", "icmp", "dns"]
RecordType = Literal["A", "AAAA", "CNAME", "MX", "TXT"]

_HTTP: tuple[ProbeProtocol, ...] = ("http", "https")
_DNS: tuple[ProbeProtocol, ...] = ("dns",)
_GRPC: tuple[ProbeProtocol, ...] = ("grpc", "grpcs")
_ENCRYPTED: tuple[ProbeProtocol, ...] = ("https", "tls", "grpcs")
# Fields that only some protocols have.
_PROTOCOLS: Mapping[str, tuple[ProbeProtocol, ...]] = {
    **dict.fromkeys(("path", "method", "headers", "body", "basic_auth", "bearer_token", "proxy"), _HTTP),
    **dict.fromkeys(("expected_status", "follow_redirects"), _HTTP),
    **dict.fromkeys(("fail_if_body_matches", "fail_if_body_not_matches"), _HTTP),
    "tls": _ENCRYPTED,
    "grpc_service": _GRPC,
    # A client of gRPC looks the name up by itself.
    "ip_version": ("http", "https", "tcp", "tls", "icmp", "dns"),
    **dict.fromkeys(("query", "record_type"), _DNS),
}
_WITH_BODY = ("POST", "PUT", "PATCH", "DELETE")
# How long Prometheus waits where nobody says it; of the last half second the exporter has nothing.
_USUAL_SCRAPE_SECONDS = 10
_REDIRECTS = range(300, 400)


class ProbeService(TargetService):
    """Something to probe: an HTTP(S) URL, a TCP port with or without TLS, gRPC health, a host's ping, a DNS server."""

    kind: Literal["probe"]
    target: ProbeTarget = Field(description="host:port as the blackbox exporter reaches it; of icmp, the host alone.")
    protocol: ProbeProtocol = Field(
        default="http",
        description="What the probe speaks; grpc and grpcs: gRPC's health protocol; `target` of dns is the server.",
    )
    probers: Probers = Field(
        default=(OWN_PROBER,),
        description="Who asks: names of services of kind prober, which stand elsewhere, and "
        f"{OWN_PROBER}, the stack's own.",
    )
    timeout: Duration = Field(default=USUAL_TIMEOUT, description="How long a probe may take; less than its interval.")
    ip_version: Literal[4, 6] | None = Field(
        default=None, description="4 or 6: probe by this one alone; default: 4 where the name has such an address."
    )
    tls: Tls | None = Field(default=None, description="https, tls, grpcs: whom to trust, and who asks.")
    path: UrlPath = Field(default="/", description="http, https: path.")
    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] = Field(
        default="GET", description="http, https: method of the request."
    )
    headers: Annotated[dict[ProbeHeaderName, HeaderValue], EachHeaderOnce] = Field(
        default_factory=dict,
        description="http, https: headers to send, by name; everybody can read their values here.",
    )
    body: str | None = Field(
        default=None, min_length=1, description=f"http, https: what to send, with method {', '.join(_WITH_BODY)}."
    )
    basic_auth: Login | None = Field(default=None, description="http, https: the login; default: none.")
    bearer_token: SecretName | None = Field(
        default=None, description="http, https: the name of the secret with a token, instead of a login."
    )
    proxy: ProxyUrl | None = Field(
        default=None, description="http, https: the HTTP proxy to ask through; default: none."
    )
    expected_status: ProbeStatuses | None = Field(
        default=None,
        description="http, https: the status that is right, a class such as 2xx, or a list of them; default: any 2xx.",
    )
    follow_redirects: bool | None = Field(
        default=None,
        description="http, https: whether a redirect is followed; default: unless `expected_status` has a 3xx.",
    )
    fail_if_body_matches: Expression | None = Field(
        default=None, description="http, https: regular expression of an answer that says it is degraded."
    )
    fail_if_body_not_matches: Expression | None = Field(
        default=None, description="http, https: regular expression that stands somewhere in every right answer."
    )
    grpc_service: NoBlank | None = Field(
        default=None, description="grpc, grpcs: the service whose health is asked for; default: the whole server's."
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

    @model_validator(mode="after")
    def _target_of_the_protocol(self) -> ProbeService:
        (host_alone if self.protocol == "icmp" else host_and_port)(self.target)
        if self.protocol in _GRPC and self.target.startswith("["):
            action = "The blackbox exporter reaches no gRPC server by such an address: give it a name."
            raise mistake(shown(self.target), "the name of a host, or an IPv4 address", action, field="target")
        if self.ip_version == 4 and is_ipv6(host_of(self.target)):
            raise mistake(f"4 with target {self.target}", "6, or nothing", "Remove it.", field="ip_version")
        if self.ip_version == 6 and is_ipv4(host_of(self.target)):
            raise mistake(f"6 with target {self.target}", "4, or nothing", "Remove it.", field="ip_version")
        return self

    @model_validator(mode="after")
    def _one_request(self) -> ProbeService:
        if self.body is not None and self.method not in _WITH_BODY:
            raise mistake(f"it with method {self.method}", f"it with method {' or '.join(_WITH_BODY)}", field="body")
        one_credential(self.basic_auth, self.bearer_token)
        return self

    @model_validator(mode="after")
    def _an_answer_that_can_come(self) -> ProbeService:
        for field in ("fail_if_body_matches", "fail_if_body_not_matches"):
            if self.method == "HEAD" and field in self.model_fields_set:
                raise mistake(
                    "it with method HEAD", "it with another method", "No answer to HEAD has a body.", field=field
                )
            if field in self.model_fields_set and any(name.lower() == "accept-encoding" for name in self.headers):
                found, action = "it with the header Accept-Encoding", "The exporter reads the body as it is packed."
                raise mistake(found, "it without that header", action, field=field)
        if self.follow_redirects and self._expects_redirect:
            action = "A redirect that is followed is never the answer: remove follow_redirects."
            raise mistake("true with an expected_status of 3xx", "false, or nothing", action, field="follow_redirects")
        return self

    @model_validator(mode="after")
    def _within_its_scrape(self) -> ProbeService:
        given = self.scrape_timeout if "timeout" in self.model_fields_set else None
        if given and seconds(self.timeout) >= seconds(given):
            raise mistake(self.timeout, f"less than scrape_timeout, {given}", field="timeout")
        return self

    @property
    def encrypted(self) -> bool:
        """Whether nobody on the way can read what is sent."""
        return self.protocol in _ENCRYPTED

    @property
    def _expects_redirect(self) -> bool:
        return any(status in _REDIRECTS for status in self.expected_status or ())

    @property
    def follows(self) -> bool:
        """Whether the answer is looked for where a redirect leads."""
        return not self._expects_redirect if self.follow_redirects is None else self.follow_redirects

    def secrets(self) -> dict[str, str]:
        """What it logs in with, and its certificates, by the field that names them."""
        sections = {"tls": self.tls, "basic_auth": self.basic_auth}
        found = {
            f"{name}.{field}": secret
            for name, section in sections.items()
            if section
            for field, secret in section.secrets().items()
        }
        return found | ({"bearer_token": self.bearer_token} if self.bearer_token else {})


def _contribute(service: ProbeService) -> Contribution:
    is_http = service.protocol in _HTTP
    prober = "http" if is_http else service.protocol
    own = _own_module(service)
    name = _name(service, prober, own) if own else prober
    target = f"{service.protocol}://{service.target}{service.path}" if is_http else service.target
    jobs = probe_jobs(service, target, name, service.probers)
    if service.scrape_timeout is None and seconds(service.timeout) >= _USUAL_SCRAPE_SECONDS:
        # The exporter answers before its scrape is given up.
        jobs = tuple(replace(job, timeout=f"{seconds(service.timeout) + 1}s") for job in jobs)
    return Contribution(
        scrape_jobs=jobs,
        probe_modules={name: own} if own else {},
        probe_secrets=frozenset(service.secrets().values()),
        up=up_as_seen(service, service.probers),
    )


def _name(service: ProbeService, prober: str, own: Module) -> str:
    """What the module is called: where others ask too, by what it says, so that one that says less is not taken for it.

    Nothing tells Prometheus what a module says that a prober elsewhere has; one of a name that it does not have is
    refused there, and ProbeMissing fires.
    """
    name = f"{prober}-{service.name}"
    if set(service.probers) == {OWN_PROBER}:
        return name
    return f"{name}-{hashlib.sha256(json.dumps(own, sort_keys=True).encode()).hexdigest()[:8]}"


def _own_module(service: ProbeService) -> Module | None:
    """What the exporter must know of this probe alone; None when a shared module will do."""
    versions = ip_options(service.ip_version)
    if service.protocol in _HTTP:
        prober, options = "http", {**versions, **_http_options(service)}
    elif service.protocol in _GRPC:
        named = {"service": service.grpc_service} if service.grpc_service else {}
        encrypted = {"tls": True, **tls_options(service.tls)} if service.protocol == "grpcs" else {}
        prober, options = "grpc", {"preferred_ip_protocol": "ip4", **named, **encrypted}
    elif service.protocol == "dns":
        # An answer without such a record would otherwise be a success.
        records = {"fail_if_none_matches_regexp": [rf"\sIN\s+{service.record_type}\s"]}
        question = {"query_name": service.query, "query_type": service.record_type, "validate_answer_rrs": records}
        prober, options = "dns", {**versions, **question}
    elif service.protocol == "icmp":
        prober, options = "icmp", versions
    else:
        encrypted = {"tls": True, **tls_options(service.tls)} if service.protocol == "tls" else {}
        prober, options = "tcp", {**versions, **encrypted}
    own = module(prober, service.timeout, options)
    return None if own in SHARED_MODULES.values() else own


def _http_options(service: ProbeService) -> dict[str, Any]:
    """What is asked of an HTTP server, and which answers are right, where it is not the usual."""
    given: dict[str, Any] = {
        "method": service.method if service.method != "GET" else None,
        "headers": dict(service.headers),
        "body": service.body,
        "proxy_url": service.proxy,
        # The proxy looks the name up, which need not be known here.
        "skip_resolve_phase_with_proxy": service.proxy is not None,
        "valid_status_codes": list(service.expected_status or ()),
        "fail_if_body_matches_regexp": [*filter(None, [service.fail_if_body_matches])],
        "fail_if_body_not_matches_regexp": [*filter(None, [service.fail_if_body_not_matches])],
    }
    return {
        **{key: value for key, value in given.items() if value},
        **({} if service.follows else {"follow_redirects": False}),
        **login_options(service.basic_auth, service.bearer_token),
        **tls_options(service.tls),
    }


KIND = Kind("probe", ProbeService, _contribute, ("probes",), dashboards=("probes",), targets_another=True)
