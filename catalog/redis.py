"""Redis through redis_exporter (port 9121)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from catalog.kind import Kind, exporter_job, up_behind
from catalog.plan import Contribution, Exporter
from settings.secrets import SecretFile, SecretRef, secret_path
from settings.service import TargetService
from settings.types import SecretName

_PORT = 9121
# The exporter waits 15s by itself, longer than a scrape may take: it could never say that the server hangs.
_CONNECT_TIMEOUT = "3s"


class RedisService(TargetService):
    """A Redis server."""

    kind: Literal["redis"]
    password: SecretName | None = Field(
        default=None, description="The name of the secret with its password; default: it asks for none."
    )

    def secrets(self) -> dict[str, str]:
        """Its password, where it has one."""
        return {"password": self.password} if self.password else {}


def _contribute(service: RedisService) -> Contribution:
    address = f"redis://{service.target}"
    env = {"REDIS_ADDR": address, "REDIS_EXPORTER_CONNECTION_TIMEOUT": _CONNECT_TIMEOUT}
    secrets: dict[str, SecretFile] = {}
    if service.password:
        # The exporter reads passwords as a JSON object, by address.
        env["REDIS_PASSWORD_FILE"] = secret_path("passwords.json")
        secrets["passwords.json"] = SecretFile((f'{{"{address}": ', SecretRef(service.password, "json"), "}\n"))
    exporter = Exporter(
        name=f"redis-exporter-{service.name}",
        image="redis-exporter",
        port=_PORT,
        service=service.name,
        env=env,
        secrets=secrets,
    )
    return Contribution(
        scrape_jobs=(exporter_job(service, exporter),), exporters=(exporter,), up=up_behind(service, "redis_up")
    )


KIND = Kind("redis", RedisService, _contribute, ("databases", "redis"), dashboards=("redis",))
