"""A real Airflow: installed from PyPI into the cache, run as the processes that a small installation consists of."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import httpx

from images.cache import folder

REQUIREMENTS = Path(__file__).with_name("airflow.requirements.txt")
# In the order in which they need each other: without an API server tasks fail before they start.
COMPONENTS = ("api-server", "dag-processor", "scheduler")
_READY_SECONDS, _STOP_SECONDS = 120, 30

# Ids with a dot and a task group, because Airflow writes both differently where dots part the names of metrics.
DAGS = {
    "succeeds.py": """
from datetime import datetime, timedelta
from airflow.sdk import dag, task, task_group

@dag(dag_id="invoices", schedule=timedelta(seconds=20), start_date=datetime(2026, 1, 1), catchup=False)
def invoices():
    @task_group
    def print_all():
        @task
        def one():
            return 1
        one()
    print_all()

invoices()
""",
    "fails.py": """
from datetime import datetime, timedelta
from airflow.sdk import dag, task

@dag(dag_id="reports.daily", schedule=timedelta(seconds=30), start_date=datetime(2026, 1, 1), catchup=False)
def reports():
    @task(retries=1, retry_delay=timedelta(seconds=1))
    def render(page):
        raise RuntimeError("on purpose")
    render.expand(page=[1, 2, 3, 4])

reports()
""",
    "starves.py": """
import time
from datetime import datetime, timedelta
from airflow.sdk import dag, task

@dag(dag_id="exports", schedule=timedelta(minutes=5), start_date=datetime(2026, 1, 1), catchup=False)
def exports():
    @task(pool="narrow")
    def export(part):
        time.sleep(300)
    export.expand(part=[1, 2, 3])

exports()
""",
    "cannot_be_imported.py": '''
"""An airflow dag whose import fails."""
import a_module_that_does_not_exist
''',
}


class Airflow:
    """One installation: SQLite, LocalExecutor, DAG files of its own, StatsD to a port on this machine."""

    def __init__(self, home: Path, *, statsd_port: int, api_port: int) -> None:
        self._home = home
        self._program = _installed()
        self._api = f"http://127.0.0.1:{api_port}"
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "PYTHON"))},
            "PATH": f"{self._program.parent}{os.pathsep}{os.environ['PATH']}",
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__CORE__DAGS_FOLDER": str(home / "dags"),
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "AIRFLOW__CORE__PARALLELISM": "4",
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self._api}/execution/",
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__PORT": str(api_port),
            "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__API_AUTH__JWT_SECRET": "of-a-test-that-listens-on-loopback-only-and-is-gone-in-minutes-again",
            "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "15",
            "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "15",
            # What docs and the kind ask of users, and nothing else.
            "AIRFLOW__METRICS__STATSD_ON": "True",
            "AIRFLOW__METRICS__STATSD_HOST": "127.0.0.1",
            "AIRFLOW__METRICS__STATSD_PORT": str(statsd_port),
        }

    def start(self) -> None:
        """Make the database and the DAG files, then start every process."""
        (self._home / "dags").mkdir(parents=True)
        for name, text in DAGS.items():
            (self._home / "dags" / name).write_text(text, encoding="utf-8")
        self._run("db", "migrate")
        self._run("pools", "set", "narrow", "1", "for one task at a time")
        for component in COMPONENTS:
            self._start(component)
            if component == "api-server":
                self._wait_for_api()

    def _start(self, component: str) -> None:
        with (self._home / f"{component}.log").open("wb") as log:
            # A group of its own: the scheduler's children end with it.
            self._processes[component] = subprocess.Popen(
                [self._program, component],
                env=self._environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _wait_for_api(self) -> None:
        end = time.monotonic() + _READY_SECONDS
        while time.monotonic() < end:
            with suppress(httpx.TransportError):
                if httpx.get(f"{self._api}/api/v2/version", timeout=5).is_success:
                    return
            time.sleep(1)
        raise AssertionError(f"Airflow's API server does not answer\n{self.logs()}")

    def stop(self, component: str) -> None:
        """End one process and its children."""
        process = self._processes.pop(component)
        for number in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, number)
            with suppress(subprocess.TimeoutExpired):
                process.wait(_STOP_SECONDS)

    def stop_all(self) -> None:
        """End what still runs."""
        for component in list(self._processes):
            self.stop(component)

    def logs(self) -> str:
        """The last lines of every process, for a test that fails."""
        found = sorted(self._home.glob("*.log"))
        return "\n".join(f"== {path.stem}\n{path.read_text(errors='replace')[-2000:]}" for path in found)

    def _run(self, *arguments: str) -> None:
        done = subprocess.run(
            [self._program, *arguments], env=self._environment, capture_output=True, text=True, check=False, timeout=300
        )
        assert done.returncode == 0, f"airflow {' '.join(arguments)}:\n{done.stdout}\n{done.stderr}"


def _installed() -> Path:
    """The airflow program; installed by uv when the cache has none of these versions."""
    place = folder("airflow")
    program, marker = place / "venv" / "bin" / "airflow", place / "requirements.txt"
    wanted = REQUIREMENTS.read_text(encoding="utf-8")
    if not program.exists() or not marker.exists() or marker.read_text(encoding="utf-8") != wanted:
        uv = shutil.which("uv")
        assert uv, "uv is not on PATH"
        subprocess.run([uv, "venv", "--quiet", "--clear", "--python", "3.11", place / "venv"], check=True, timeout=300)
        subprocess.run(
            [uv, "pip", "install", "--quiet", "--python", place / "venv" / "bin" / "python", "-r", REQUIREMENTS],
            check=True,
            timeout=1800,
        )
        marker.write_text(wanted, encoding="utf-8")
    return program
