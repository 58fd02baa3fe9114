"""Serve the API: `python3 -m memory_service`."""

from __future__ import annotations

import logging
import os
import signal
import sys
from types import FrameType

import uvicorn

from memory_service import __version__
from memory_service.api import create_app
from memory_service.logs import configure_logging
from memory_service.settings import Settings, SettingsError, read_settings
from memory_service.tracing import start_tracing, stop_tracing, trace_dependencies

# Seconds that running requests get after SIGTERM before they are cut off. A stop, with closing the pool and
# sending the last traces, then stays within the ten seconds that container engines wait.
GRACE = 6

_log = logging.getLogger("memory_service")


def main() -> int:
    """Run until SIGTERM or SIGINT. Returns 0 after a clean stop, 2 when the environment is wrong."""
    # uvicorn hands the signal on once it has stopped; as an exit it becomes status 0 instead of "killed".
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    try:
        settings = read_settings(Settings)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    service = os.environ.get("OTEL_SERVICE_NAME") or "memory-service"
    configure_logging(service, settings.log_level)
    provider = start_tracing(service)
    trace_dependencies(provider)
    app = create_app(settings, tracer_provider=provider)
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host="0.0.0.0",
            port=settings.port,
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=GRACE,
        )
    )
    _log.info("starting", extra={"fields": {"version": __version__, "demo_faults": settings.demo_faults}})
    try:
        server.run()
    finally:
        stop_tracing(provider)
        _log.info("stopped")
    return 0 if server.started else 1


def _leave(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    sys.exit(main())
