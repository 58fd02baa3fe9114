"""Where Prometheus finds the targets of a service, besides one written into the stack file."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from settings.section import Section, mistake
from settings.syntax import DockerLabel, KubernetesLabel, KubernetesLabelValue, NamespaceName
from settings.types import Address, Count, Host, HostPath, PortNumber, SecretName, TargetsFile


class DockerDiscovery(Section):
    """Containers of the stack's own Docker daemon, by their labels; reached in `docker.networks`."""

    labels: dict[DockerLabel, str] = Field(
        min_length=1, description="Labels that a container must have, with their values."
    )
    port: PortNumber | None = Field(
        default=None, description="The container's port with metrics; default: every port its image exposes."
    )


class KubernetesDiscovery(Section):
    """Pods with the annotation `prometheus.io/scrape: "true"`.

    `prometheus.io/port` and `prometheus.io/path` on a pod win over what is said here.
    """

    namespaces: tuple[NamespaceName, ...] = Field(min_length=1, description="Namespaces to look in.")
    labels: dict[KubernetesLabel, KubernetesLabelValue] = Field(
        min_length=1, description="Labels that a pod must have, with their values."
    )
    port: PortNumber | None = Field(
        default=None, description="Port with metrics; default: every port the pod declares."
    )


class ConsulDiscovery(Section):
    """Instances that a service registered in Consul."""

    server: Address = Field(description="host:port of Consul's HTTP API.")
    service: str = Field(min_length=1, description="The service's name in Consul.")
    tags: tuple[str, ...] = Field(default=(), description="Tags that an instance must have.")
    token: SecretName | None = Field(default=None, description="The name of the secret with the ACL token.")


class DnsDiscovery(Section):
    """Addresses that a DNS name resolves to, asked every 30 seconds."""

    host: Host = Field(description="The name to resolve.")
    record: Literal["A", "AAAA", "SRV"] = Field(default="A", description="Type of its records; SRV brings the port.")
    port: PortNumber | None = Field(default=None, description="Port with metrics; required unless the record is SRV.")

    @model_validator(mode="after")
    def _port_unless_srv(self) -> DnsDiscovery:
        if (self.record == "SRV") == (self.port is None):
            return self
        if self.port is None:
            raise mistake("nothing", "a port from 1 to 65535", "Only SRV records bring their port.", field="port")
        raise mistake(str(self.port), "no port beside record SRV, which brings its own", "Remove it.", field="port")


class FileDiscovery(Section):
    """Target lists that something else writes, in Prometheus' file_sd format; changes are seen at once."""

    directory: HostPath = Field(description="Directory on the Docker host; mounted read-only.")
    pattern: TargetsFile = Field(default="*.json", description="Names of the files in it; may contain *.")


class Discovery(Section):
    """One of the ways to find targets, and how many there should be."""

    docker: DockerDiscovery | None = None
    kubernetes: KubernetesDiscovery | None = None
    consul: ConsulDiscovery | None = None
    dns: DnsDiscovery | None = None
    files: FileDiscovery | None = None
    replicas: Count | None = Field(
        default=None,
        description="How many targets there should be at least; "
        "default: as many as there were for half an hour on end within the last day.",
    )

    @classmethod
    def ways(cls) -> list[str]:
        """Names of the ways to find targets, of which a service has one."""
        return [name for name in cls.model_fields if name != "replicas"]

    @model_validator(mode="after")
    def _exactly_one(self) -> Discovery:
        ways = self.ways()
        used = [way for way in ways if getattr(self, way) is not None]
        if len(used) != 1:
            raise mistake(" and ".join(used) or "nothing", f"exactly one of {', '.join(ways)}")
        return self
