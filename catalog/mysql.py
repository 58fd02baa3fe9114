"""MySQL and MariaDB through mysqld_exporter (port 9104)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from catalog.kind import Kind, exporter_job, up_behind
from catalog.plan import Contribution, Exporter
from settings.encrypted import EncryptedService
from settings.errors import shown
from settings.secrets import DOLLAR, SecretFile, SecretRef, secret_path, without_dollars
from settings.section import mistake
from settings.syntax import split_address
from settings.types import AnyText, SecretName

_PORT = 9104
_OPTIONS = secret_path("my.cnf")
_PEM_OPTIONS = {"ca.pem": "ssl-ca", "certificate.pem": "ssl-cert", "key.pem": "ssl-key"}
# Where upstream's image and the built one have the certificate authorities.
_AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"


def _user(text: str) -> str:
    if ":" in text or "%(" in text or not text.isprintable():
        raise mistake(shown(text), "a name without a colon and without %(", "The exporter reads them otherwise.")
    return text


UserName = Annotated[AnyText, AfterValidator(_user)]


class MysqlService(EncryptedService):
    """A MySQL or MariaDB server. Its user needs PROCESS, REPLICATION CLIENT and, on MariaDB, SLAVE MONITOR."""

    kind: Literal["mysql"]
    username: UserName = Field(default="monitor", description="User that the exporter logs in as.")
    password: SecretName = Field(description="The name of the secret with the user's password.")

    @model_validator(mode="after")
    def _certificate_of_a_checked_connection(self) -> MysqlService:
        if self.certificate and self.tls != "verify-full":
            action = "The exporter shows no certificate to a server that it does not check."
            raise mistake(f"it with tls: {self.tls}", "it with tls: verify-full", action, field="certificate")
        return self

    def secrets(self) -> dict[str, str]:
        """The password of its user, and what its connection is checked and made with."""
        return {"password": self.password, **super().secrets()}


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
        secrets={"my.cnf": _options_file(service), **service.pem_files()},
    )
    return Contribution(
        scrape_jobs=(exporter_job(service, exporter),), exporters=(exporter,), up=up_behind(service, "mysql_up")
    )


def _options_file(service: MysqlService) -> SecretFile:
    """The client's options. Between three quotes a text is read as it is, with quotes, # and ; in it, but without $."""
    host, port = split_address(service.target)
    # Said although it is the default: upstream's program, told nothing, trips over a password with a question mark.
    tls = "tls = false\n" if service.tls == "disable" else ""
    files = {} if service.tls != "verify-full" else {"ca.pem": _AUTHORITIES}
    files |= {name: secret_path(name) for name in service.pem_files()}
    return SecretFile(
        (
            f'[client]\nhost = {host}\nport = {port}\n{DOLLAR}user = """{without_dollars(service.username)}"""\n',
            'password = """',
            SecretRef(service.password, "my-cnf"),
            '"""\n',
            tls + "".join(f"{_PEM_OPTIONS[name]} = {path}\n" for name, path in files.items()),
        )
    )


KIND = Kind("mysql", MysqlService, _contribute, ("databases", "mysql"), dashboards=("mysql",))
