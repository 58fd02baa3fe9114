"""The running stack as drills see it: its containers to break, its programs to ask, and a watch on what is told."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import docker
from docker.errors import NotFound
from docker.models.containers import Container
from docker.types import EndpointConfig

from alerting.edges import Edge
from components.demo import API, RECORDER_SERVER
from operations.drill.told import Delivery, Held, delivery_of, held_of
from operations.verify.live import Live
from runtimes.console import Failure
from runtimes.docker.names import container_name, stack_prefix
from runtimes.health import NoAnswerError

DRILL_LABEL = "monitoring.drill"
_ASKS_EVERY_SECONDS = 2.0
_DEMO_IMAGE = "demo"
_PROGRAMS = Path(__file__).resolve().parent / "programs"

Found = TypeVar("Found")


class StoppedError(Exception):
    """The run was stopped: faults are repaired, and nothing is waited for any more."""


class Watch:
    """Asks the recorder and Alertmanager again and again, once for all drills that run.

    Attributes:
        deliveries: everything that arrived since the watch began, the oldest first. The recorder may forget.
        sightings: when which alert was seen in Alertmanager, and whether it was inhibited then.
        unheard: why the recorder could not be asked last; empty when it answered.
        unseen: why Alertmanager or Prometheus could not be asked last; empty when both answered.
    """

    def __init__(self, live: Live) -> None:
        self._live = live
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._error: Exception | None = None
        self.deliveries: list[Delivery] = []
        self.sightings: list[tuple[float, Held]] = []
        self.active: Sequence[Held] = ()
        self.unheard = ""
        self.unseen = ""

    def __enter__(self) -> Watch:
        self._ask()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        try:
            while not self._ended.wait(_ASKS_EVERY_SECONDS):
                self._ask()
        except Exception as error:
            self._error = error
            raise

    def require_alive(self) -> None:
        """See that it still watches: without it every drill would wait for what it never sees.

        Raises:
            Failure: when it has ended on an error.
        """
        if self._error:
            raise Failure(f"The watch on messages ended ({self._error!r}): run the drill again, and report this.")

    def _ask(self) -> None:
        # Either may be what a drill has stopped: then it has nothing new to say.
        try:
            after = {"after": repr(self.deliveries[-1].arrived if self.deliveries else 0.0)}
            self.deliveries += map(delivery_of, self._live.health.api(RECORDER_SERVER).get("/deliveries", after))
            self.unheard = ""
        except NoAnswerError as error:
            self.unheard = str(error)
        try:
            self.active = tuple(map(held_of, self._live.alertmanager.alerts()))
            now = time.time()
            self.sightings += [(now, alert) for alert in self.active]
            self._live.prometheus.query("vector(1)")
            self.unseen = ""
        except NoAnswerError as error:
            self.unseen = str(error)


@dataclass(frozen=True)
class World:
    """What a drill may use.

    Attributes:
        live: the stack's programs, to be asked.
        client: the Docker daemon.
        watch: what was told since the run began.
        directory: the stack's folder, with the configuration files that its programs read.
        inhibitions: those of the stack.
        stopping: set when the run is stopped; every wait ends then.
    """

    live: Live
    client: docker.DockerClient
    watch: Watch
    directory: Path
    inhibitions: Sequence[Edge] = ()
    stopping: threading.Event = field(default_factory=threading.Event)
    clock: Callable[[], float] = time.time

    @property
    def stack(self) -> str:
        """The stack's name."""
        return self.live.declared.stack

    def container(self, workload: str) -> Container:
        """The container of a workload."""
        return self.client.containers.get(container_name(self.stack, workload))

    def until(self, ask: Callable[[], Found], within: float, *, pause: float = 1.0) -> Found:
        """What `ask` answers first that is true, or what it answers when the time is over.

        Args:
            within: seconds.

        Raises:
            StoppedError: when the run is stopped meanwhile.
            Failure: when nobody watches what is told any more.
        """
        end = self.clock() + within
        while not (found := ask()) and self.clock() < end:
            self.watch.require_alive()
            self.sleep(pause)
        return found

    def sleep(self, seconds: float) -> None:
        """Pause a fault's loop.

        Raises:
            StoppedError: when the run is stopped meanwhile.
        """
        if self.stopping.wait(seconds):
            raise StoppedError

    @contextmanager
    def repeating(self, action: Callable[[], None], every: float) -> Iterator[None]:
        """Do something again and again beside the block, and once more never after it.

        Args:
            every: seconds between two times.
        """
        ended = threading.Event()

        def repeat() -> None:
            while not ended.is_set():
                action()
                ended.wait(every)

        thread = threading.Thread(target=repeat, daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def secret_folder(self, workload: str) -> Path:
        """The folder of a workload's secret files on this machine."""
        return self.directory / "secrets" / workload

    def config_file(self, workload: str, path: str) -> Path:
        """A configuration file that a workload reads."""
        return self.directory / "config" / workload / path

    @contextmanager
    def helper(
        self, name: str, program: str, *arguments: str, secrets: str = API, memory: str = "128m", host: str = ""
    ) -> Iterator[Container]:
        """A container of the demo's image in the stack's network that runs a Python program; removed afterwards.

        Args:
            program: the name of one in `programs/`.
            secrets: the workload whose secret files it may read.
            memory: what it may use.
            host: a name under which the stack's programs reach it.
        """
        full_name = f"{stack_prefix(self.stack)}-drill-{name}"
        self._remove(full_name)
        self.client.containers.run(
            self.live.declared.program.images[_DEMO_IMAGE],
            ["-c", (_PROGRAMS / f"{program}.py").read_text(encoding="utf-8"), *arguments],
            entrypoint=["python3"],
            name=full_name,
            detach=True,
            network=stack_prefix(self.stack),
            networking_config={stack_prefix(self.stack): EndpointConfig("1.44", aliases=[host])} if host else None,
            labels={DRILL_LABEL: self.stack},
            volumes={str(self.secret_folder(secrets)): {"bind": "/run/secrets", "mode": "ro"}},
            user="10001:10001",
            mem_limit=memory,
            memswap_limit=memory,
            pids_limit=512,
            read_only=True,
            cap_drop=["ALL"],
            security_opt=["no-new-privileges:true"],
        )
        try:
            yield self.client.containers.get(full_name)
        finally:
            self._remove(full_name)

    def _remove(self, name: str) -> None:
        with suppress(NotFound):
            self.client.containers.get(name).remove(force=True)
