"""Runbooks: the pages that alerts link to, served as HTML. `runbook_pages` makes them."""

from __future__ import annotations

from catalog.plan import MonitoringPlan
from components.base import Component
from components.endpoints import RUNBOOKS, Endpoint
from components.runbook_pages import pages
from workloads.place import Place
from workloads.workload import ConfigDirectory, HttpProbe, Limits, Workload

_NOBODY = 65534
_PAGES = "/pages"
# Through a shell that ends when it is told to: as the first process, the server itself ignores the signal.
_SERVE = f"trap 'exit 0' TERM; busybox httpd -f -p {RUNBOOKS.port} -h {_PAGES} & wait $!"


class Runbooks(Component):
    """Serves what to do about each alert."""

    type_token = "monitoring:components:Runbooks"


def runbooks_workload(plan: MonitoringPlan, place: Place, dashboards: Endpoint | None) -> Workload:
    """A server of static pages. It asks for no login: a link from a message opens in one step, and tells no secret.

    Args:
        dashboards: where the pages find dashboards to link to; None: nowhere.
    """
    return Workload(
        name=RUNBOOKS.workload,
        image="busybox",
        user=_NOBODY,
        args=("sh", "-c", _SERVE),
        config=ConfigDirectory(_PAGES, pages(plan, place, dashboards), reload="watched"),
        ports=(RUNBOOKS.listener,),
        probe=HttpProbe(RUNBOOKS.port, "/index.html"),
        limits=Limits(cpus=0.1, memory_mebibytes=32),
    )
