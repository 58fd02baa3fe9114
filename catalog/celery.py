"""Celery workers and queues through celery-exporter (port 9808), which listens to events on the broker."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import quote

from pydantic import AfterValidator, Field, model_validator

from catalog.kind import Kind, exporter_job
from catalog.plan import Contribution, Exporter
from settings.errors import shown
from settings.secrets import SECRETS_DIRECTORY, SecretFile, SecretRef
from settings.section import EachOnce, mistake
from settings.service import TargetService
from settings.types import AnyText, SecretName

_PORT = 9808


def _queue_name(text: str) -> str:
    if not text.isprintable() or "," in text or not text.strip():
        raise mistake(shown(text), "the name of a queue, on one line and without a comma, which parts them")
    return text


QueueName = Annotated[str, AfterValidator(_queue_name)]


class CeleryService(TargetService):
    """A Celery application; target is its broker. Its workers must send events (`worker -E`)."""

    kind: Literal["celery"]
    broker: Literal["redis", "rabbitmq"] = Field(default="redis", description="What the target is.")
    database: int = Field(default=0, ge=0, le=65_535, description="Number of the Redis database.")
    virtual_host: str = Field(default="/", min_length=1, description="Virtual host of RabbitMQ.")
    username: AnyText | None = Field(
        default=None, description="User of the broker; default: RabbitMQ's guest, and none on Redis."
    )
    password: SecretName | None = Field(
        default=None, description="The name of the secret with the broker's password; default: it asks for none."
    )
    queues: Annotated[tuple[QueueName, ...], EachOnce] = Field(
        default=("celery",), description="Queues that are watched from the start; those that workers name are added."
    )

    @model_validator(mode="after")
    def _fits_the_broker(self) -> CeleryService:
        stray = {"redis": "virtual_host", "rabbitmq": "database"}[self.broker]
        if stray in self.model_fields_set:
            raise mistake(f"{stray} with broker: {self.broker}", f"no {stray}", field=stray)
        if self.username and not self.password:
            raise mistake("username without password", "both or none", field="password")
        if self.password and self.broker == "rabbitmq" and not self.username:
            raise mistake("password without username", "both or none", field="username")
        return self

    def secrets(self) -> dict[str, str]:
        """The broker's password, where it has one."""
        return {"password": self.password} if self.password else {}


def _contribute(service: CeleryService) -> Contribution:
    scheme, place = _address(service)
    env: dict[str, str] = {}
    secrets: dict[str, SecretFile] = {}
    if service.password:
        # The exporter takes a URL with the password in it only as an argument or from the environment. Celery itself
        # reads this module, and its addresses win over the argument.
        env = {"CELERY_LOADER": "default", "PYTHONPATH": SECRETS_DIRECTORY}
        secrets["celeryconfig.py"] = SecretFile(
            (
                "from urllib.parse import quote\n\n",
                f'broker_read_url = broker_write_url = "{scheme}://{quote(service.username or "", safe="")}:" + quote(',
                SecretRef(service.password, "json"),
                f', safe="") + "@{place}"\n',
            )
        )
    args = [f"--broker-url={scheme}://{place}", "--retry-interval=10", "--log-level=WARNING"]
    if service.queues:
        args.append(f"--queues={','.join(service.queues)}")
    exporter = Exporter(
        name=f"celery-exporter-{service.name}",
        image="celery-exporter",
        port=_PORT,
        service=service.name,
        args=tuple(args),
        env=env,
        secrets=secrets,
    )
    return Contribution(scrape_jobs=(exporter_job(service, exporter),), exporters=(exporter,))


def _address(service: CeleryService) -> tuple[str, str]:
    """The URL's scheme, and what follows the login."""
    if service.broker == "redis":
        return "redis", f"{service.target}/{service.database}"
    return "amqp", f"{service.target}/{quote(service.virtual_host, safe='')}"


KIND = Kind(
    "celery", CeleryService, _contribute, ("celery",), dashboards=("celery",), python=True, targets_another=True
)
