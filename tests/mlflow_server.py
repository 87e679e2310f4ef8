"""A real MLflow for the tests: its server on SQLite, or SQLite alone."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx

from stream.embedded import ports
from stream.embedded.guard import Guard
from stream.embedded.mlflow_server import ENVIRONMENT
from stream.embedded.server import EmbeddedServer


class MlflowServer(EmbeddedServer):
    """MLflow on loopback.

    Args:
        data_dir: an existing directory for its database, its files and its log.
        guard: ends it if this process dies.
        database: a database to begin with; to make the tables takes many seconds.
        port: 0 means any free one, chosen when it is started.
    """

    name = "mlflow"
    start_timeout = 120.0

    def __init__(self, data_dir: Path, guard: Guard, database: Path, port: int = 0) -> None:
        super().__init__(data_dir, port, guard)
        shutil.copy(database, data_dir / "mlflow.db")

    def command(self) -> list[str]:
        """One worker on SQLite, which takes files by HTTP."""
        return [
            *(sys.executable, "-m", "mlflow", "server", "--workers", "1"),
            *("--backend-store-uri", f"sqlite:///{self.data_dir}/mlflow.db"),
            *("--artifacts-destination", str(self.data_dir / "files")),
            *("--host", ports.LOOPBACK, "--port", str(self.port)),
        ]

    def environment(self) -> Mapping[str, str]:
        """That of the tests, and quiet."""
        return {**os.environ, **ENVIRONMENT}

    def ready(self) -> bool:
        """Whether it answers."""
        try:
            return httpx.get(f"{self.url}/health", trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    def start(self, halt: object = None) -> None:
        """Start it, on the same port as the last time."""
        super().start()
        self._any_port = False

    def ensure(self) -> None:
        """Start it, unless it has been started."""
        if self._child is None:
            self.start()

    @property
    def url(self) -> str:
        """``http://host:port``."""
        return f"http://{ports.LOOPBACK}:{self.port}"


def new_database(folder: Path) -> Path:
    """Make MLflow's tables in a process of their own, and return the file."""
    path = folder / "empty.db"
    code = "import sys; from mlflow import MlflowClient as C; C(sys.argv[1]).search_experiments()"
    subprocess.run(
        [sys.executable, "-c", code, f"sqlite:///{path}"],
        check=True,
        env={**os.environ, **ENVIRONMENT},
        cwd=folder,
    )
    return path
