"""The Docker runtime: one machine, through the pulumi-docker provider.

Traps this file is shaped by are listed in docs/design.md; each setting that looks odd names its trap.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_docker as docker

from components.base import formerly
from runtimes.directory import HostDirectory
from runtimes.docker.names import (
    COMPONENT_LABEL,
    RELOAD_LABEL,
    STACK_LABEL,
    TOOLS_DIRECTORY,
    container_name,
    public_port,
    stack_prefix,
)
from runtimes.docker.settings import DockerSettings
from runtimes.probes import login_probe
from settings.secrets import SECRETS_DIRECTORY
from workloads.runtime import Deployed, SecretValues
from workloads.workload import ExecProbe, HttpProbe, Workload

_TOOLS = "tools"
_IMAGE = "docker:index/remoteImage:RemoteImage"
_BUSYBOX = f"{TOOLS_DIRECTORY}/busybox"
# The provider updates these in its state only; the container must be made anew for them to count.
_SILENT_CHANGES = ["healthcheck", "tmpfs", "init"]
# The kernel counts the processes of a user on the whole machine, those of other containers and stacks included. So many
# may have as many as they are allowed to; beyond that, one that runs away must not keep the others from working.
_CONTAINERS_OF_A_USER = 32
# Docker puts the machine's address on the containers' bridge in its place.
_MACHINE = "host-gateway"
# Replaced in one step: health checks that run at the moment hold the old file.
_INSTALL_TOOLS = "cp /bin/busybox /volumes/tools/.busybox; mv -f /volumes/tools/.busybox /volumes/tools/busybox"
# As Kubernetes does by default. Each check is a process that the daemon starts in the container: every 5 s they took as
# much CPU as everything that the containers of the demo's stack do themselves.
_PROBE_INTERVAL_SECONDS = 10
_PROBE_TIMEOUT_SECONDS = 5
_READY_ATTEMPTS = 3


@dataclass(frozen=True)
class DockerSite:
    """Where on the machine a stack lives.

    Attributes:
        name: of the MonitoringStack; the logical names of all resources start with it.
        stack: tells this stack from others on the machine: containers, networks and volumes are named after it.
        directory: host directory for configuration and secrets; `.` in a rendered tree.
        settings: published ports, and networks to join beside the stack's own.
        protect_data: the engine refuses to remove or replace volumes.
    """

    name: str
    stack: str
    directory: str
    settings: DockerSettings
    protect_data: bool = False

    @property
    def prefix(self) -> str:
        """What the names of the stack's containers, networks and volumes start with."""
        return stack_prefix(self.stack)


class DockerRuntime:
    """Runs workloads as containers of one Docker daemon."""

    def __init__(self, site: DockerSite, image_references: Mapping[str, str]) -> None:
        """Args: image_references: the image of every component."""
        self._site = site
        self._image_references = image_references
        self._prepared: frozenset[str] = frozenset()
        self._images: dict[str, docker.RemoteImage] = {}
        self._volumes: dict[str, docker.Volume] = {}
        self._network: docker.Network | None = None
        self._preparation: docker.Container | None = None

    def prepare(self, workloads: Sequence[Workload], parent: pulumi.Resource) -> None:
        """Make the network, all volumes, and a one-time container that readies the volumes.

        Named volumes belong to root unless the image happens to have their directory, and images FROM scratch
        have no program to answer a health check with: the container gives volumes to their users and puts a
        static busybox into a volume that every other container mounts.
        """
        self._prepared = frozenset(workload.name for workload in workloads)
        self._network = docker.Network(
            f"{self._site.name}-network",
            name=self._site.prefix,
            driver="bridge",
            labels=self._network_labels(),
            opts=self._options(parent, self._site.prefix),
        )
        owners = {_TOOLS: 0}
        for workload in workloads:
            owners |= {volume.name: workload.user for volume in workload.volumes}
        for name in owners:
            # A changed label would replace the volume and lose its data, so volumes carry none.
            # Not retained on top of that: a volume that nobody knows of would be the next stack's of this name.
            protect = self._site.protect_data and name != _TOOLS
            self._volumes[name] = docker.Volume(
                f"{self._site.name}-{name}",
                name=f"{self._site.prefix}-{name}",
                opts=self._options(parent, f"{self._site.prefix}-{name}", protect=protect),
            )
        self._preparation = self._prepare_volumes(owners, parent)

    def _prepare_volumes(self, owners: Mapping[str, int], parent: pulumi.Resource) -> docker.Container:
        chowns = [f"chown {user}:{user} /volumes/{name}" for name, user in owners.items() if user]
        name = container_name(self._site.stack, "prepare")
        return docker.Container(
            f"{self._site.name}-prepare",
            name=name,
            image=self._image("busybox", parent).image_id,
            entrypoints=["/bin/busybox", "sh", "-ec"],
            command=["; ".join([_INSTALL_TOOLS, *chowns])],
            user="0:0",
            capabilities=docker.ContainerCapabilitiesArgs(adds=["CAP_CHOWN"], drops=["ALL"]),
            security_opts=["no-new-privileges:true"],
            network_mode="none",
            read_only=True,
            memory=64,
            memory_swap=64,
            restart="no",
            must_run=False,
            attach=True,
            labels=self._labels("prepare", "watched"),
            log_driver="json-file",
            log_opts={"max-file": "1", "max-size": "1m", "tag": "{{.Name}}"},
            volumes=[
                docker.ContainerVolumeArgs(volume_name=self._volumes[volume].name, container_path=f"/volumes/{volume}")
                for volume in owners
            ],
            opts=self._options(parent, name, delete_before_replace=True),
        )

    def deploy(
        self, workload: Workload, secrets: SecretValues, parent: pulumi.Resource, after: Sequence[Deployed]
    ) -> Deployed:
        """Write the workload's files, then run its container and wait until it answers."""
        if not self._prepared:
            self.prepare([workload], parent)
        if self._network is None or self._preparation is None or workload.name not in self._prepared:
            raise RuntimeError(f"workload {workload.name}: prepare() was called without it")
        name = container_name(self._site.stack, workload.name)
        processes = workload.limits.processes * _CONTAINERS_OF_A_USER
        directories = self._directories(workload, name, secrets, parent)
        waits = [self._preparation, *directories, *(resource for item in after for resource in item.ready)]
        container = docker.Container(
            f"{self._site.name}-{workload.name}",
            name=name,
            image=self._image(workload.image, parent).image_id,
            command=list(workload.args),
            envs=sorted(f"{key}={value}" for key, value in workload.env.items()),
            user=f"{workload.user}:{workload.user}",
            group_adds=[str(workload.group)] if workload.group is not None else None,
            read_only=True,
            capabilities=docker.ContainerCapabilitiesArgs(
                adds=sorted(f"CAP_{relaxation.what}" for relaxation in workload.capabilities), drops=["ALL"]
            ),
            # Docker itself adds label=disable in the host's PID namespace: said here, it is no difference.
            security_opts=[*(["label=disable"] if workload.host_processes else []), "no-new-privileges:true"],
            pid_mode="host" if workload.host_processes else None,
            # With a decimal point always: the provider reads one CPU back as "1.0".
            cpus=str(float(workload.limits.cpus)),
            memory=workload.limits.memory_mebibytes,
            # Without an equal swap limit the provider sees a difference at every run.
            memory_swap=workload.limits.memory_mebibytes,
            ulimits=[docker.ContainerUlimitArgs(name="nproc", soft=processes, hard=processes)],
            # What is asked from inside leaves processes behind, which somebody must take away. In the host's PID
            # namespace the host does.
            init=None if workload.host_processes else True,
            sysctls=workload.sysctls or None,
            tmpfs=dict.fromkeys(workload.tmpfs, "rw,noexec,nosuid,size=64m") or None,
            networks_advanced=self._networks(workload, self._network),
            # Docker Desktop has the name by itself, Docker on Linux has not.
            hosts=[docker.ContainerHostArgs(host=self._site.settings.machine_name, ip=_MACHINE)]
            if workload.joins_target_networks
            else None,
            ports=[
                docker.ContainerPortArgs(internal=port.number, external=public, ip="127.0.0.1", protocol=port.protocol)
                # Docker reports ports by internal number; another order would be a difference.
                for port in sorted(workload.ports, key=lambda port: port.number)
                if (public := public_port(port, self._site.settings))
            ],
            volumes=self._mounted_volumes(workload),
            healthcheck=_healthcheck(workload),
            restart="unless-stopped",
            wait=True,
            wait_timeout=workload.start_seconds + _READY_ATTEMPTS * _PROBE_INTERVAL_SECONDS,
            destroy_grace_seconds=workload.stop_seconds,
            stop_timeout=workload.stop_seconds,
            labels=self._labels(workload.name, workload.config.reload if workload.config else "restart"),
            log_driver="json-file",
            # The tag is how the collector learns a container's name without the Docker socket.
            log_opts={"max-file": "3", "max-size": "10m", "tag": "{{.Name}}"},
            opts=self._options(
                parent, name, depends_on=waits, replace_on_changes=_SILENT_CHANGES, delete_before_replace=True
            ),
        )
        return Deployed(workload, (container,))

    def _image(self, component: str, parent: pulumi.Resource) -> docker.RemoteImage:
        """The image by id: a container that names a tag as a string would not notice a new image."""
        if component not in self._images:
            self._images[component] = docker.RemoteImage(
                f"{self._site.name}-{component}",
                name=self._image_references[component],
                keep_locally=True,
                opts=self._options(parent, f"{self._site.prefix}-{component}"),
            )
        return self._images[component]

    def _directories(
        self, workload: Workload, container: str, secrets: SecretValues, parent: pulumi.Resource
    ) -> list[HostDirectory]:
        reload = workload.config.reload if workload.config else "restart"
        directories: list[HostDirectory] = []
        if workload.secrets:
            directories.append(
                HostDirectory(
                    f"{self._site.name}-{workload.name}-secrets",
                    path=f"{self._site.directory}/secrets/{workload.name}",
                    files={name: secrets.content(file) for name, file in sorted(workload.secrets.items())},
                    container=container,
                    reload=reload,
                    opts=self._options(parent, f"{container}-secrets"),
                )
            )
        if workload.config:
            directories.append(
                HostDirectory(
                    f"{self._site.name}-{workload.name}-config",
                    path=f"{self._site.directory}/config/{workload.name}",
                    files=dict(sorted(workload.config.files.items())),
                    container=container,
                    reload=reload,
                    # Secrets first: the reload that follows a new configuration must find them.
                    opts=self._options(parent, f"{container}-config", depends_on=list(directories)),
                )
            )
        return directories

    def _options(self, parent: pulumi.Resource, former_name: str, **options: Any) -> pulumi.ResourceOptions:
        """Options of a resource that was called otherwise when only one stack fitted into a program."""
        return pulumi.ResourceOptions(parent=parent, aliases=formerly(self._site.name, former_name), **options)

    def _networks(self, workload: Workload, network: docker.Network) -> list[docker.ContainerNetworksAdvancedArgs]:
        own = docker.ContainerNetworksAdvancedArgs(name=network.name, aliases=[workload.name])
        others = self._site.settings.networks if workload.joins_target_networks else ()
        return [own, *(docker.ContainerNetworksAdvancedArgs(name=name) for name in others)]

    def _mounted_volumes(self, workload: Workload) -> list[docker.ContainerVolumeArgs]:
        mounted = [
            docker.ContainerVolumeArgs(
                volume_name=self._volumes[_TOOLS].name, container_path=TOOLS_DIRECTORY, read_only=True
            )
        ]
        mounted += [
            docker.ContainerVolumeArgs(volume_name=self._volumes[volume.name].name, container_path=volume.mount_path)
            for volume in workload.volumes
        ]
        if workload.config:
            mounted.append(
                docker.ContainerVolumeArgs(
                    host_path=f"{self._site.directory}/config/{workload.name}",
                    container_path=workload.config.mount_path,
                    read_only=True,
                )
            )
        if workload.secrets:
            mounted.append(
                docker.ContainerVolumeArgs(
                    host_path=f"{self._site.directory}/secrets/{workload.name}",
                    container_path=SECRETS_DIRECTORY,
                    read_only=True,
                )
            )
        # No propagation is asked for: Docker then chooses what the host's mounts allow, and refuses anything else
        # where the host's root is not a shared mount.
        mounted += [
            docker.ContainerVolumeArgs(host_path=mount.source, container_path=mount.target, read_only=True)
            for mount in workload.host_mounts
        ]
        return mounted

    def _labels(self, component: str, reload: str) -> list[docker.ContainerLabelArgs]:
        labels = {STACK_LABEL: self._site.stack, COMPONENT_LABEL: component, RELOAD_LABEL: reload}
        return [docker.ContainerLabelArgs(label=key, value=value) for key, value in sorted(labels.items())]

    def _network_labels(self) -> list[docker.NetworkLabelArgs]:
        return [docker.NetworkLabelArgs(label=STACK_LABEL, value=self._site.stack)]


def computed(type_token: str, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    """An image is shown by its reference, because its id is only known where it was pulled."""
    return {"imageId": inputs["name"]} if type_token == _IMAGE else {}


def _healthcheck(workload: Workload) -> docker.ContainerHealthcheckArgs:
    return docker.ContainerHealthcheckArgs(
        tests=probe_command(workload.probe),
        # Durations as Go prints them: Docker gives "90s" back as "1m30s", which would be a difference.
        interval=_go_duration(_PROBE_INTERVAL_SECONDS),
        timeout=_go_duration(_PROBE_TIMEOUT_SECONDS),
        start_period=_go_duration(workload.start_seconds),
        retries=_READY_ATTEMPTS,
    )


def probe_command(probe: HttpProbe | ExecProbe) -> list[str]:
    """The health check as Docker wants it."""
    if isinstance(probe, ExecProbe):
        return ["CMD", *probe.command]
    if probe.password_file is None:
        return [
            "CMD",
            _BUSYBOX,
            "wget",
            "-q",
            "-O",
            "/dev/null",
            f"http://127.0.0.1:{probe.port}{probe.path}",
        ]
    return ["CMD", *login_probe(probe, _BUSYBOX)]


def _go_duration(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"
