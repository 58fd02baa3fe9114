"""`Program`: all that will be deployed, decided before anything is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from catalog.plan import MonitoringPlan
from settings.model import StackSettings
from settings.remarks import Remark
from workloads.place import Place
from workloads.workload import INSIDE, Workload


@dataclass(frozen=True)
class Program:
    """What will be deployed.

    Attributes:
        name: of the MonitoringStack; the names of its resources start with it.
        place: where it will run, as far as components know.
        images: the image reference of every component that has one, used or not.
        missing: components that this stack would use, but whose image cannot be had, with what is missing without them.
        remarks: what its stack file says that can be meant, but seldom is.
    """

    name: str
    plan: MonitoringPlan
    place: Place
    workloads: tuple[Workload, ...]
    images: Mapping[str, str]
    missing: Mapping[str, str]
    remarks: tuple[Remark, ...] = ()

    @property
    def settings(self) -> StackSettings:
        """The checked settings."""
        return self.plan.settings

    @property
    def urls(self) -> Mapping[str, str]:
        """Where people reach the components that this stack has."""
        return {
            workload.name: self.place.urls[workload.name]
            for workload in self.workloads
            if any(port.reach not in INSIDE and port.name == "http" for port in workload.ports)
        }
