"""The program: `python3 -m exporter --socket … --folder … --data-root …`. It ends when the engine does not answer.

Whoever runs it starts it again, with the socket that the engine has then.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import docker
from docker.errors import DockerException
from prometheus_client import start_http_server

from .follow import Follower


def main() -> None:
    """Follow one engine.

    Raises:
        SystemExit: with a sentence, when it does not answer.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--socket", required=True, help="of the engine, which speaks Docker's API")
    parser.add_argument("--folder", required=True, type=Path, help="where the output is written")
    parser.add_argument("--port", required=True, type=int, help="where its own metrics are")
    parser.add_argument("--data-root", required=True, help="of the engine whose json-file logs are read as files")
    options = parser.parse_args()
    start_http_server(options.port)
    try:
        Follower(docker.DockerClient(base_url=f"unix://{options.socket}"), options.folder, options.data_root).run()
    except (DockerException, OSError) as error:
        sys.exit(f"The engine at {options.socket} does not answer: {error}")


main()
