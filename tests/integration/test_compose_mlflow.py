"""MLflow and its database as docker-compose.yml has them, without their containers."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest
from sqlalchemy import make_url

from stream.adapters.mlflow_tracking import MlflowTracking
from stream.embedded import ports
from stream.embedded.guard import Guard
from stream.tracking.entries import Retraining
from tests.compose import ROOT, services
from tests.databases import PASSWORD, USER, PostgresServer
from tests.mlflow_parts import RETRAINED, files, of, runs
from tests.mlflow_server import MlflowServer
from tests.tracking_parts import report

MLFLOW_PASSWORD = "a password's own"  # noqa: S105 - of a server that lives as long as the test


class ComposedMlflow(MlflowServer):
    """What the file says, but for where PostgreSQL, the port and the volume are."""

    def __init__(self, data_dir: Path, guard: Guard, tables: Path, postgres: str) -> None:
        super().__init__(data_dir, guard, tables)
        self._service = services()["mlflow"]
        found = make_url(postgres)
        self._here = {
            "0.0.0.0": ports.LOOPBACK,  # noqa: S104 - this is what is not done here
            "postgresql+psycopg://mlflow@postgres:5432/mlflow": (
                f"postgresql+psycopg://mlflow@{found.host}:{found.port}/mlflow"
            ),
            services()["postgres"]["environment"]["MLFLOW_PASSWORD"]: MLFLOW_PASSWORD,
            "/artifacts": str(data_dir / "volume"),
        }

    def command(self) -> list[str]:
        """Its command, on a free port."""
        here = {**self._here, "5000": str(self.port)}
        return [sys.executable, "-m", *(here.get(word, word) for word in self._service["command"])]

    def environment(self) -> Mapping[str, str]:
        """Its environment, and what Python needs."""
        given: dict[str, str] = self._service["environment"]
        assert {*self._here.values()} - {ports.LOOPBACK} <= {
            self._here.get(value, value) for value in given.values()
        }, "docker-compose.yml says something else than it did"
        return {
            **super().environment(),
            **{name: self._here.get(value, value) for name, value in given.items()},
        }


@pytest.fixture
def database(fresh_postgres: PostgresServer) -> str:
    """Do what PostgreSQL's image does when it starts on an empty volume; return MLflow's URL."""
    server = fresh_postgres
    server.sql("CREATE DATABASE weir")
    url = make_url(server.url("weir"))
    env = {
        **os.environ,
        "PATH": f"{server.programs}:{os.environ['PATH']}",
        "POSTGRES_USER": USER,
        "POSTGRES_DB": "weir",
        "PGHOST": str(url.host),
        "PGPORT": str(url.port),
        "PGPASSWORD": PASSWORD,
        "MLFLOW_PASSWORD": MLFLOW_PASSWORD,
    }
    script = ROOT / "compose" / "mlflow-database.sh"
    subprocess.run([str(script)], env=env, check=True, capture_output=True)
    return f"postgresql://mlflow:{MLFLOW_PASSWORD}@{url.host}:{url.port}/mlflow"


@pytest.fixture
def composed(
    database: str, guard: Guard, mlflow_tables: Path, tmp_path: Path
) -> Iterator[ComposedMlflow]:
    with ComposedMlflow(tmp_path, guard, mlflow_tables, database) as server:
        yield server


def test_runs_come_to_postgresql_and_files_onto_the_volume(
    composed: ComposedMlflow, fresh_postgres: PostgresServer
) -> None:
    MlflowTracking(composed.url).retraining(Retraining(report("r-1"), b"signed"))
    parent = runs(composed.url, of("r-1"))[RETRAINED]
    rows = fresh_postgres.sql("SELECT run_uuid FROM runs", "mlflow")
    assert parent.info.run_id in {row["run_uuid"] for row in rows}
    on_volume = {path.name for path in (composed.data_dir / "volume").rglob("*") if path.is_file()}
    assert files(composed.url, parent) <= on_volume

    # the other services call it by its name; a page of another site may not
    for host, status in (("mlflow:5000", 200), ("evil.example:5000", 403)):
        asked = f"{composed.url}/api/2.0/mlflow/experiments/get-by-name"
        answer = httpx.get(
            asked, params={"experiment_name": "weir/churn"}, headers={"Host": host}, trust_env=False
        )
        assert answer.status_code == status, host
