"""Keep what Alertmanager sends, so that fire drills can ask who was told: `python3 -m memory_service.recorder`.

POST /deliveries takes a webhook; GET /deliveries?after= answers with all that arrived later than that (seconds since
1970; default: all), the oldest first, of the newest 2,000; GET /health/liveness says that it lives.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from time import time
from typing import Annotated, Any, Final

import uvicorn
from fastapi import Body, FastAPI
from pydantic import BaseModel

from memory_service.logs import configure_logging
from memory_service.settings import RecorderSettings, SettingsError, read_settings

KEPT_MAX: Final = 2000

# As Alertmanager sends it: nothing of it is interpreted here.
Webhook = dict[str, Any]


class Delivery(BaseModel):
    """One webhook.

    Attributes:
        arrived: seconds since 1970.
        payload: what Alertmanager sent; `receiver` names the receiver it was for.
    """

    arrived: float
    payload: Webhook


@dataclass
class Recorder:
    """The newest deliveries, in memory.

    Attributes:
        clock: seconds since 1970.
    """

    clock: Callable[[], float] = time
    kept: deque[Delivery] = field(default_factory=lambda: deque(maxlen=KEPT_MAX))

    def keep(self, payload: Webhook) -> None:
        """Remember a webhook, and forget the oldest when there are too many."""
        self.kept.append(Delivery(arrived=self.clock(), payload=payload))


def create_app(recorder: Recorder) -> FastAPI:
    """The HTTP interface of a recorder."""
    app = FastAPI(title="recorder", docs_url=None, redoc_url=None, openapi_url=None)

    # Coroutines, not plain functions: FastAPI would run those on threads.
    @app.post("/deliveries", status_code=204)
    async def deliver(payload: Annotated[Webhook, Body()]) -> None:
        recorder.keep(payload)

    @app.get("/deliveries")
    async def deliveries(after: float = 0.0) -> list[Delivery]:
        return [delivery for delivery in recorder.kept if delivery.arrived > after]

    @app.get("/health/liveness")
    async def liveness() -> dict[str, str]:
        return {"status": "ok"}

    return app


def main() -> int:
    """Run until stopped. Returns 0 after a clean stop, 2 when the environment is wrong."""
    try:
        settings = read_settings(RecorderSettings)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    configure_logging(os.environ.get("OTEL_SERVICE_NAME") or "recorder", settings.log_level)
    uvicorn.run(
        create_app(Recorder()),
        host="0.0.0.0",
        port=settings.port,
        access_log=False,
        log_config=None,
        server_header=False,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
