"""Ways to find targets that the stack's runtime cannot offer."""

from __future__ import annotations

from collections.abc import Iterator

from settings.checks.checked import Checked
from settings.discovery import Discovery
from settings.errors import Mistake, listed
from settings.service import ScrapedService


def check(checked: Checked) -> Iterator[Mistake]:
    """Yield every way of `discover` that belongs to another runtime."""
    runtimes = checked.known.runtimes
    if checked.runtime not in runtimes:
        return
    elsewhere = {way: name for name, section in runtimes.items() for way in section.discovers}
    here = runtimes[checked.runtime].discovers
    allowed = listed(way for way in Discovery.ways() if way in here or way not in elsewhere)
    for index, service in checked.services.items():
        discover = service.discover if isinstance(service, ScrapedService) else None
        for way, runtime in elsewhere.items():
            if discover and getattr(discover, way) is not None and way not in here:
                path = f"services[{index}].discover.{way}"
                yield Mistake(path, f"a way of runtime {runtime}", allowed, f"This stack's is {checked.runtime}.")
