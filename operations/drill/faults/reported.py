"""What cannot be caused on a machine that others use too: a stand-in in the exporter's place reports it.

The exporter is stopped, and its name leads to a program that answers with the exporter's own last page, some figures of
it changed. Everything behind it is real: scrape, rules, Alertmanager, message.
"""

from __future__ import annotations

import base64
import re
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from catalog.alerts import shipped_alerts
from components.demo import DATABASE
from components.endpoints import BLACKBOX_EXPORTER, NODE_EXPORTER, Endpoint
from operations.drill.drill import Alert, Drill, Fault
from operations.drill.faults.containers import UPTIME
from operations.drill.world import World
from runtimes.console import Failure

_DAY = 86400
_MACHINE = NODE_EXPORTER.workload
_POSTGRES_EXPORTER = Endpoint(f"postgres-exporter-{DATABASE}", 9187)


def reports(exporter: Endpoint, change: Callable[[str], str]) -> Fault:
    """The exporter's page says something else."""

    @contextmanager
    def fault(world: World) -> Iterator[None]:
        page = change(world.live.health.api(exporter).text("/metrics"))
        container = world.container(exporter.workload)
        packed = base64.b64encode(zlib.compress(page.encode())).decode()
        try:
            container.stop()
            with world.helper(
                f"as-{exporter.workload}", "stand_in", str(exporter.port), packed, host=exporter.workload
            ):
                yield
        finally:
            container.start()

    return fault


def figures(changed: Mapping[str, Callable[[float], float]]) -> Callable[[str], str]:
    """Change the value of every series of these metrics."""

    def change(page: str) -> str:
        for metric, new in changed.items():
            line = re.compile(rf"^({metric}(?:{{.*}})?) (\S+)$", re.MULTILINE)
            if not line.search(page):
                raise Failure(f"The exporter's page has no {metric}: another release may call it otherwise.")
            page = line.sub(partial(_with, new), page)
        return page

    return change


def _with(new: Callable[[float], float], found: re.Match[str]) -> str:
    return f"{found[1]} {new(float(found[2]))!r}"


def _certificate(days: float) -> Callable[[str], str]:
    """The page of a probe whose certificate expires in some days."""
    until = time.time() + days * _DAY
    return lambda _: f"probe_success 1\nprobe_duration_seconds 0.1\nprobe_ssl_earliest_cert_expiry {until:.0f}\n"


@contextmanager
def certificate_expiring(world: World) -> Iterator[None]:
    """The certificate expires in two days; then it is renewed, since no alert ends because a certificate vanishes."""
    with reports(BLACKBOX_EXPORTER, _certificate(2))(world):
        yield
    with reports(BLACKBOX_EXPORTER, _certificate(90))(world):
        renewed = f'probe_ssl_earliest_cert_expiry{{service="{UPTIME}"}} - time() > {30 * _DAY}'
        world.until(lambda: world.live.prometheus.query(renewed), 60)


def _machine(
    name: str, fault: str, changed: Mapping[str, Callable[[float], float]], alert: str, within: float
) -> Drill:
    return Drill(
        name=name,
        fault=fault,
        inject=reports(NODE_EXPORTER, figures(changed)),
        expects=Alert(alert, _MACHINE),
        receiver="page" if shipped_alerts()[alert].severity == "critical" else "notify",
        within=within,
        touches=frozenset({_MACHINE}),
        resolves_within=1200,
        needs=(_MACHINE,),
    )


DRILLS = (
    _machine(
        "disk-full",
        "node_exporter reports that every file system is full",
        {"node_filesystem_avail_bytes": lambda _: 1024.0},
        "HostDiskAlmostFull",
        420,
    ),
    _machine(
        "memory-used-up",
        "node_exporter reports that hardly any memory is left",
        {"node_memory_MemAvailable_bytes": lambda value: value * 0.01},
        "HostMemoryPressure",
        780,
    ),
    _machine(
        "clock-wrong",
        "node_exporter reports that the clock is half a second off",
        # Where nothing synchronises the clock, HostClockUnsynchronised tells instead.
        {"node_timex_offset_seconds": lambda _: 0.5, "node_timex_sync_status": lambda _: 1.0},
        "HostClockDrift",
        780,
    ),
    _machine(
        "file-system-read-only",
        "node_exporter reports that every file system has turned read-only",
        {"node_filesystem_readonly": lambda _: 1.0},
        "HostFilesystemReadOnly",
        210,
    ),
    _machine(
        "file-descriptors-used-up",
        "node_exporter reports that nearly all file descriptors are used",
        {"node_filefd_allocated": lambda _: 1e19},
        "HostFileDescriptorsNearLimit",
        480,
    ),
    Drill(
        name="certificate-expiring",
        fault="the prober reports a certificate that expires in two days",
        inject=certificate_expiring,
        expects=Alert("CertificateExpiresSoon", UPTIME),
        receiver="page",
        within=90,
        touches=frozenset({UPTIME, BLACKBOX_EXPORTER.workload}),
        silent=(Alert("CertificateExpiring", UPTIME),),
    ),
    Drill(
        name="transaction-ids-used-up",
        fault="the exporter reports that four fifths of all transaction IDs are used",
        inject=reports(_POSTGRES_EXPORTER, figures({"postgres_wraparound_xid_age": lambda _: 0.8 * 2**31})),
        expects=Alert("PostgresWraparoundImminent", DATABASE),
        receiver="page",
        within=780,
        touches=frozenset({DATABASE}),
        silent=(Alert("PostgresWraparoundRisk", DATABASE),),
        resolves_within=1200,
    ),
)
