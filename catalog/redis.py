"""Redis through redis_exporter (port 9121)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal
from urllib.parse import quote

from pydantic import Field, model_validator

from catalog.kind import Kind, exporter_job, scrape_job, up_behind
from catalog.plan import Contribution, Exporter
from settings.encrypted import EncryptedService
from settings.errors import shown
from settings.secrets import SecretFile, SecretRef, secret_path
from settings.section import mistake
from settings.types import Address, AnyText, SecretName

_PORT = 9121
# The exporter waits 15s by itself, longer than a scrape may take: it could never say that the server hangs.
_CONNECT_TIMEOUT = "3s"
_PEM_OPTIONS = {"ca.pem": "CA_CERT", "certificate.pem": "CLIENT_CERT", "key.pem": "CLIENT_KEY"}
# What Go leaves as it is in a URL's user.
_PLAIN = "-_.~$&+,;="


class RedisService(EncryptedService):
    """A Redis or Valkey server, a Sentinel, or several nodes that belong together, such as those of a cluster."""

    kind: Literal["redis"]
    username: AnyText | None = Field(default=None, description="ACL user; default: the user `default`.")
    password: SecretName | None = Field(
        default=None, description="The name of the secret with its password; default: it asks for none."
    )
    nodes: tuple[Address, ...] = Field(
        default=(), description="Further nodes of the same cluster, or replicas, with the same login."
    )

    @model_validator(mode="after")
    def _whole_login(self) -> RedisService:
        if self.username and not self.password:
            raise mistake("username without password", "both or none", "Add password.", field="password")
        return self

    @model_validator(mode="after")
    def _each_node_once(self) -> RedisService:
        every = (self.target, *self.nodes)
        if twice := sorted({node for node in every if every.count(node) > 1}):
            raise mistake(", ".join(map(shown, twice)), "each node once, and not the target", field="nodes")
        return self

    def secrets(self) -> dict[str, str]:
        """Its password, where it has one, and what its connection is checked and made with."""
        return {**({"password": self.password} if self.password else {}), **super().secrets()}


def _contribute(service: RedisService) -> Contribution:
    scheme = "redis" if service.tls == "disable" else "rediss"
    addresses = [f"{scheme}://{node}" for node in (service.target, *service.nodes)]
    exporter = Exporter(
        name=f"redis-exporter-{service.name}",
        image="redis-exporter",
        port=_PORT,
        service=service.name,
        env={
            "REDIS_ADDR": addresses[0],
            "REDIS_EXPORTER_CONNECTION_TIMEOUT": _CONNECT_TIMEOUT,
            **dict(_options(service)),
        },
        secrets=_secrets(service, addresses),
    )
    job = exporter_job(service, exporter)
    if service.nodes:
        job = replace(scrape_job(service, *addresses), metrics_path="/scrape", exporter=job.targets[0])
    return Contribution(scrape_jobs=(job,), exporters=(exporter,), up=up_behind(service, "redis_up"))


def _options(service: RedisService) -> Iterator[tuple[str, str]]:
    if service.username:
        yield "REDIS_USER", service.username
    if service.password:
        yield "REDIS_PASSWORD_FILE", secret_path("passwords.json")
    if service.tls == "require":
        yield "REDIS_EXPORTER_SKIP_TLS_VERIFICATION", "true"
    for file in service.pem_files():
        yield f"REDIS_EXPORTER_TLS_{_PEM_OPTIONS[file]}_FILE", secret_path(file)


def _secrets(service: RedisService, addresses: list[str]) -> dict[str, SecretFile]:
    found = service.pem_files()
    if service.password:
        # The exporter reads passwords as a JSON object, by address; newer versions look for the user's there.
        user = f"{quote(service.username, safe=_PLAIN)}@" if service.username else ""
        keys = [address.replace("://", f"://{user}") for address in addresses]
        parts: list[str | SecretRef] = []
        for key in dict.fromkeys([*addresses, *keys]):
            parts += [f'{", " if parts else "{"}"{key}": ', SecretRef(service.password, "json")]
        found["passwords.json"] = SecretFile((*parts, "}\n"))
    return found


KIND = Kind("redis", RedisService, _contribute, ("databases", "redis"), dashboards=("redis",))
