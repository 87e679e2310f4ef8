"""The MLflow of docker-compose.yml: its command and its environment, without its container."""

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
from tests.compose import services
from tests.databases import PASSWORD, USER, PostgresServer
from tests.mlflow_parts import RETRAINED, files, of, runs
from tests.mlflow_server import MlflowServer
from tests.tracking_parts import report


class ComposedMlflow(MlflowServer):
    """What the file says, but for where PostgreSQL, the port and the volume are."""

    def __init__(self, data_dir: Path, guard: Guard, tables: Path, postgres: str) -> None:
        super().__init__(data_dir, guard, tables)
        self._service = services()["mlflow"]
        found = make_url(postgres)
        self._here = {
            "0.0.0.0": ports.LOOPBACK,  # noqa: S104 - this is what is not done here
            "postgresql+psycopg://mlflow@postgres:5432/mlflow": (
                f"postgresql+psycopg://{USER}@{found.host}:{found.port}/{found.database}"
            ),
            services()["postgres"]["environment"]["POSTGRES_PASSWORD"]: PASSWORD,
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
def database(postgres: PostgresServer) -> str:
    return postgres.new_database()


@pytest.fixture
def composed(
    database: str, guard: Guard, mlflow_tables: Path, tmp_path: Path
) -> Iterator[ComposedMlflow]:
    with ComposedMlflow(tmp_path, guard, mlflow_tables, database) as server:
        yield server


def test_runs_come_to_postgresql_and_files_onto_the_volume(
    composed: ComposedMlflow, postgres: PostgresServer, database: str
) -> None:
    MlflowTracking(composed.url).retraining(Retraining(report("r-1"), b"signed"))
    parent = runs(composed.url, of("r-1"))[RETRAINED]
    rows = postgres.sql("SELECT run_uuid FROM runs", str(make_url(database).database))
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
