"""MySQL and MariaDB through mysqld_exporter (port 9104)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from catalog.kind import Kind, exporter_job, up_behind
from catalog.plan import Contribution, Exporter
from catalog.words import Word
from settings.secrets import SecretFile, SecretRef, secret_path
from settings.service import TargetService
from settings.syntax import split_address
from settings.types import SecretName

_PORT = 9104
_OPTIONS = secret_path("my.cnf")
# Where upstream's image and the built one have the certificate authorities.
_AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"


class MysqlService(TargetService):
    """A MySQL or MariaDB server. Its user needs PROCESS, REPLICATION CLIENT and, on MariaDB, SLAVE MONITOR."""

    kind: Literal["mysql"]
    username: Word = Field(default="monitor", description="User that the exporter logs in as.")
    password: SecretName = Field(description="The name of the secret with the user's password, which may have no $.")
    tls: Literal["disable", "require", "verify-full"] = Field(
        default="disable", description="disable: none; require: without checking the certificate; verify-full: with."
    )

    def secrets(self) -> dict[str, str]:
        """The password of its user."""
        return {"password": self.password}


def _contribute(service: MysqlService) -> Contribution:
    args = [f"--config.my-cnf={_OPTIONS}"]
    if service.tls == "require":
        args.append("--tls.insecure-skip-verify")
    exporter = Exporter(
        name=f"mysqld-exporter-{service.name}",
        image="mysqld-exporter",
        port=_PORT,
        service=service.name,
        args=tuple(args),
        secrets={"my.cnf": _options_file(service)},
    )
    return Contribution(
        scrape_jobs=(exporter_job(service, exporter),), exporters=(exporter,), up=up_behind(service, "mysql_up")
    )


def _options_file(service: MysqlService) -> SecretFile:
    """The client's options. Between three quotes a password is read as it is, with quotes, # and ; in it."""
    host, port = split_address(service.target)
    return SecretFile(
        (
            f"[client]\nhost = {host}\nport = {port}\nuser = {service.username}\n",
            'password = """',
            SecretRef(service.password),
            '"""\n',
            f"ssl-ca = {_AUTHORITIES}\n" if service.tls == "verify-full" else "",
        )
    )


KIND = Kind("mysql", MysqlService, _contribute, ("databases", "mysql"), dashboards=("mysql",))
