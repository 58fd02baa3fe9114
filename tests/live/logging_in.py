"""Exporters as stack files make them, in containers that see the loopback of this machine, where the servers listen."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

import docker
import httpx
import trustme
from prometheus_client.parser import text_string_to_metric_families

from components.exporters import service_exporter_workload
from components.secrets import needed_secrets
from images.catalog import load_catalog
from runtimes.secrets import LocalSecrets
from tests.plans import plan_of
from tests.waiting import free_ports, until
from workloads.workload import Workload

VERIFIED = {"tls": "verify-full", "ca": "innerCa"}
CERTIFIED = {**VERIFIED, "certificate": "innerCertificate", "key": "innerKey"}
"""What a service says to be shown the server's certificate, and to show its own."""
Samples = Mapping[tuple[str, str], float]


@dataclass(frozen=True)
class Authority:
    """An authority of our own: what it gave a server at 127.0.0.1 and ::1, and what stack files name as secrets."""

    secrets: Mapping[str, str]
    server: Mapping[str, str]


def authority() -> Authority:
    """An authority, and beside it `otherCa`, which has signed nothing here, and `noCa`, which is none."""
    inner, other = trustme.CA(), trustme.CA()
    # No name: who asks for localhost asks for somebody else.
    here = inner.issue_cert("127.0.0.1", "::1")
    person = inner.issue_cert("certified", common_name="certified")
    ca = inner.cert_pem.bytes().decode()
    return Authority(
        {
            "innerCa": ca,
            "innerCertificate": person.cert_chain_pems[0].bytes().decode(),
            "innerKey": person.private_key_pem.bytes().decode(),
            "otherCa": other.cert_pem.bytes().decode(),
            "noCa": "not a certificate",
        },
        {
            "ca.pem": ca,
            "server.pem": here.cert_chain_pems[0].bytes().decode(),
            "server.key": here.private_key_pem.bytes().decode(),
        },
    )


@dataclass(frozen=True)
class Exporters:
    """Containers of exporters; files that they need are written below `folder`."""

    client: docker.DockerClient
    folder: Path
    secrets: Mapping[str, str]

    def asked(self, entry: Mapping[str, object], up: str, **secrets: str) -> Samples:
        """What the exporter of a service says once `up` is not 0, or after the time that it takes to be sure."""
        with self.running(entry, **secrets) as url:
            return until_up(url, up)

    def refused(self, entry: Mapping[str, object], **secrets: str) -> Samples:
        """What the exporter of a service says at its first scrape."""
        with self.running(entry, **secrets) as url:
            return until(lambda: samples(url), 20, forgives=(httpx.HTTPError,))

    @contextmanager
    def running(self, entry: Mapping[str, object], **secrets: str) -> Iterator[str]:
        """The URL of the exporter of a service, with the arguments, files and rights of its workload."""
        (exporter,) = plan_of(entry).exporters
        workload = service_exporter_workload(exporter)
        (port,) = free_ports(1)
        mounts = {"/run/secrets": secret_files(workload, self.folder, {**self.secrets, **secrets})}
        if workload.config:
            mounts[workload.config.mount_path] = dict(workload.config.files)
        made = self.client.containers.run(
            load_catalog()[workload.image].built,
            [*workload.args, f"--web.listen-address=127.0.0.1:{port}"],
            detach=True,
            network_mode="host",
            user=f"{workload.user}:{workload.user}",
            cap_drop=["ALL"],
            read_only=True,
            entrypoint=list(workload.entrypoint) or None,
            environment=dict(workload.env),
            tmpfs=dict.fromkeys(workload.tmpfs, "rw,noexec,nosuid"),
            volumes=written(self.folder, mounts),
        )
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            made.remove(force=True, v=True)


def secret_files(workload: Workload, folder: Path, secrets: Mapping[str, str]) -> dict[str, str]:
    """What stands in the secret files of a workload, by name; the values are kept below `folder`."""
    values = folder / f"{workload.name}.json"
    values.write_text(json.dumps({name: {"value": text, "bcrypt": ""} for name, text in secrets.items()}), "utf-8")
    kept = LocalSecrets(values)
    kept.ensure(needed_secrets([workload]))
    return kept.files(workload)


def written(folder: Path, mounts: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """Volumes for a container, of texts by file, by directory; they are kept below `folder`."""
    volumes = {}
    for target, files in mounts.items():
        directory = Path(mkdtemp(dir=folder))
        # Another user's program reads it.
        directory.chmod(0o755)
        for name, text in files.items():
            (directory / name).write_text(text, encoding="utf-8")
        volumes[str(directory)] = {"bind": target, "mode": "ro"}
    return volumes


def samples(url: str, path: str = "/metrics", **params: str) -> Samples:
    """Values by name, with nothing and with the value of each label."""
    answer = httpx.get(f"{url}{path}", params=params, timeout=15).raise_for_status()
    return {
        (sample.name, label): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
        for label in ("", *sample.labels.values())
    }


def until_up(url: str, metric: str, path: str = "/metrics", **params: str) -> Samples:
    """What an exporter says once its server lets it in, or in the end."""

    def asked() -> Samples | None:
        found = samples(url, path, **params)
        return found if found[metric, ""] else None

    return until(asked, 30, forgives=(httpx.HTTPError,)) or samples(url, path, **params)
