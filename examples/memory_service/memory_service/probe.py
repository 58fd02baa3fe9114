"""Ask the program in the same container whether it lives: `python3 -m memory_service.probe [PATH]`.

For health checks in images without curl. Exit status 0 when 127.0.0.1:PORT (8000 unless set) answers PATH
(/health/liveness unless given) with 200 within three seconds, otherwise 1.
"""

from __future__ import annotations

import http.client
import os
import sys


def main() -> int:
    """Make one request. Returns 0 when it was answered with 200, otherwise 1."""
    path = sys.argv[1] if len(sys.argv) > 1 else "/health/liveness"
    try:
        connection = http.client.HTTPConnection("127.0.0.1", int(os.environ.get("PORT") or "8000"), timeout=3)
        connection.request("GET", path)
        status = connection.getresponse().status
    except (OSError, ValueError, http.client.HTTPException) as error:
        print(f"{path}: {error}", file=sys.stderr)
        return 1
    if status != 200:
        print(f"{path}: answered {status}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
