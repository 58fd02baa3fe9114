"""The collector's agent from its rendered configuration, over files as a container engine writes them."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

import grpc
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest, ExportLogsServiceResponse
from opentelemetry.proto.common.v1.common_pb2 import KeyValue

from components.endpoints import AGENT_HEALTH, AGENT_METRICS, GATEWAY_OTLP_GRPC
from images.build import tool_path
from tests.programs.placed import Placed, write_files
from tests.waiting import free_ports, until
from workloads.program import Program
from workloads.workload import Workload

_SECONDS = 90.0
# A longer line stands in the file in parts of so many bytes, each a record of the engine's.
PART = 16 * 1024


@dataclass(frozen=True)
class Record:
    """What the agent sent."""

    text: str
    severity: str
    number: int
    nanoseconds: int
    trace_id: str
    resource: Mapping[str, str]
    attributes: Mapping[str, Any]

    @property
    def service(self) -> str:
        return self.resource.get("service.name", "")


@dataclass
class Receiver:
    """Where the gateway would be."""

    records: list[Record] = field(default_factory=list)

    def export(self, request: ExportLogsServiceRequest, _context: grpc.ServicerContext) -> ExportLogsServiceResponse:
        for group in request.resource_logs:
            resource = _values(group.resource.attributes)
            for scope in group.scope_logs:
                self.records += [
                    Record(
                        record.body.string_value,
                        record.severity_text,
                        record.severity_number,
                        record.time_unix_nano,
                        record.trace_id.hex(),
                        resource,
                        _values(record.attributes),
                    )
                    for record in scope.log_records
                ]
        return ExportLogsServiceResponse()

    def of(self, service: str) -> list[Record]:
        return [record for record in self.records if record.service == service]

    def arrived(self, service: str, count: int) -> list[Record]:
        """The records of a service, once there are so many; those that there are when they do not come."""
        until(lambda: len(self.of(service)) >= count, _SECONDS)
        return self.of(service)


def _values(attributes: Sequence[KeyValue]) -> dict[str, Any]:
    return {item.key: getattr(item.value, item.value.WhichOneof("value") or "string_value") for item in attributes}


@dataclass(frozen=True)
class Engine:
    """A container engine's files on a made-up host, and the programs that read them."""

    folder: Path
    received: Receiver
    # Of no two lines the same: by its first lines the agent knows a file.
    nanoseconds: Iterator[int] = field(default_factory=lambda: count(123_456_789))

    def container(self, name: str, labels: Mapping[str, str] | None = None) -> Path:
        """What Docker keeps of a container before it starts; the path that its log will have."""
        identity = sha256(name.encode()).hexdigest()
        directory = self.folder / "engine" / identity
        directory.mkdir()
        config = {"State": {"Running": True}, "Config": {"Labels": dict(labels or {})}, "Name": f"/{name}"}
        (directory / "config.v2.json").write_text(json.dumps(config, separators=(",", ":")), encoding="utf-8")
        return directory / f"{identity}-json.log"

    def linked(self) -> None:
        """Wait until every container has the name by which the agent calls it."""
        configs = {
            path.parent.name: json.loads(path.read_bytes()) for path in self.folder.glob("engine/*/config.v2.json")
        }
        names = {identity: re.sub(r"^/([0-9a-f]{12}_)?", "", config["Name"]) for identity, config in configs.items()}
        wanted = {f"{identity[:12]},{name}" for identity, name in names.items()}
        assert until(lambda: wanted <= {",".join(found.split(",")[:2]) for found in self.links()}, _SECONDS)

    def links(self) -> list[str]:
        """What the agent calls containers: id, name, project and service."""
        return [found.name for found in (self.folder / "data" / "container-names").glob("*,*")]

    def now(self) -> str:
        """The time of a line."""
        return f"2026-11-26T02:00:00.{next(self.nanoseconds)}Z"

    def written(self, text: str, **further: Any) -> bytes:
        """Lines as Docker's json-file driver writes what an application printed."""
        lines = []
        for line in text.split("\n"):
            whole = f"{line}\n"
            parts = [whole[start : start + PART] for start in range(0, len(whole), PART)]
            lines += [json.dumps({"log": part, "stream": "stdout", **further, "time": self.now()}) for part in parts]
        return "".join(f"{line}\n" for line in lines).encode()


@contextmanager
def receiving() -> Iterator[tuple[Receiver, int]]:
    """Somebody who takes logs by OTLP over gRPC, and the port."""
    receiver = Receiver()
    handler = grpc.unary_unary_rpc_method_handler(
        receiver.export, ExportLogsServiceRequest.FromString, ExportLogsServiceResponse.SerializeToString
    )
    service = "opentelemetry.proto.collector.logs.v1.LogsService"
    with ThreadPoolExecutor() as pool:
        # What the gateway takes: gRPC's own limit of a message, 4 MiB.
        server = grpc.server(pool)
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, {"Export": handler}),))
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        try:
            yield receiver, port
        finally:
            server.stop(None).wait()


@contextmanager
def agent(program: Program, folder: Path) -> Iterator[Engine]:
    """The agent, and who names containers where there is such a one, from the time that they read what is written."""
    workloads = {workload.name: workload for workload in program.workloads}
    with ExitStack() as stack:
        received, port = stack.enter_context(receiving())
        engine = Engine(folder, received)
        (folder / "engine").mkdir(parents=True)
        metrics, health = free_ports(2)
        moved = {
            GATEWAY_OTLP_GRPC.address: f"127.0.0.1:{port}",
            f"0.0.0.0:{AGENT_HEALTH.port}": f"127.0.0.1:{health}",
            f"port: {AGENT_METRICS.port}": f"port: {metrics}",
        }
        placed = _place(workloads["collector-agent"], folder, moved)
        log = stack.enter_context((folder / "agent.log").open("w"))
        if "container-names" in workloads:
            names = _place(workloads["container-names"], folder, {})
            stack.enter_context(_running([str(tool_path("busybox")), *names.args], log))
        process = stack.enter_context(_running([str(tool_path("otelcol-agent")), *placed.args], log))
        _read(engine, process)
        yield engine


def _place(workload: Workload, folder: Path, moved: Mapping[str, str]) -> Placed:
    """A workload's files, with every address and the engine's directory moved to where they are here."""
    (mount,) = workload.host_mounts

    def here(text: str) -> str:
        for there, address in moved.items():
            assert there in text, there
            text = text.replace(there, address)
        return re.sub(rf"{re.escape(mount.target)}(?![\w.-])", str(folder / "engine"), text)

    assert workload.config
    files = {name: here(text) if name.endswith("yaml") else text for name, text in workload.config.files.items()}
    args = tuple(argument.replace(mount.target, str(folder / "engine")) for argument in workload.args)
    changed = replace(workload, args=args, config=replace(workload.config, files=files))
    return write_files(changed, folder, folder / "values.json")


@contextmanager
def _running(command: Sequence[str], log: Any) -> Iterator[subprocess.Popen[bytes]]:
    path = f"{tool_path('busybox').parent}:/bin"
    process = subprocess.Popen(command, stdout=log, stderr=log, env={"PATH": path})
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=30)


def _read(engine: Engine, process: subprocess.Popen[bytes]) -> None:
    """Write a line again and again until one arrives: files that come after that are read from their start."""
    folder = engine.folder / "engine" / "first_first_1" / "first"
    folder.mkdir(parents=True)
    (folder.parent / "config.v2.json").write_text('{"Name":"/first"}', encoding="utf-8")
    docker, cri = engine.folder / "engine" / "first_first_1" / "first-json.log", folder / "0.log"

    def arrived() -> bool:
        for path, line in ((docker, engine.written("first")), (cri, f"{engine.now()} stdout F first\n".encode())):
            with path.open("ab") as file:
                file.write(line)
        assert process.poll() is None, (engine.folder / "agent.log").read_text(encoding="utf-8")
        return bool(engine.received.records)

    assert until(arrived, _SECONDS), (engine.folder / "agent.log").read_text(encoding="utf-8")
