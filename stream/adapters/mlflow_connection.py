"""A connection to MLflow: a server, or the database itself; and what its errors mean."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import requests
from sqlalchemy.exc import SQLAlchemyError

from stream.adapters.mlflow_library import Experiment, MlflowClient, MlflowException, mlflow
from stream.adapters.mlflow_url import SQLITE, absolute, postgres, without_secrets
from stream.adapters.sql_engine import place_of
from stream.tracking.port import TrackingAway, Untrackable

#: Seconds to wait for a database.
_PATIENCE = 5

#: What MLflow says of an entry that is wrong, however often it is sent.
_REFUSED = "INVALID_PARAMETER_VALUE"

#: All that MLflow, its HTTP client and its databases raise, and disks.
_FAILURES = (MlflowException, requests.RequestException, SQLAlchemyError, sqlite3.Error, OSError)

#: Opens its pages about models, not those about GenAI.
_KIND = {"mlflow.experimentKind": "custom_model_development"}


class Connection:
    """MLflow at one place; connects when first used.

    Args:
        url: ``sqlite:///path``, ``postgresql://...`` or ``http(s)://...``.
        artifacts: where files go when the URL is a database: a directory, which is beside the
            SQLite file when relative, or a URL. A server knows by itself.
    """

    def __init__(self, url: str, artifacts: str) -> None:
        self._url = absolute(url)
        self._place = place_of(url)
        self._artifacts = _location(self._url, artifacts)

    @cached_property
    def client(self) -> MlflowClient:
        """MLflow's own; only for blocks that are ``answering``, because to make it may connect."""
        return MlflowClient(self._url, self._url)

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Turn every way in which MLflow can fail into ours.

        Raises:
            TrackingAway: it is not there, or refuses us.
            Untrackable: it refuses what it is told.
        """
        try:
            self._knock()
            # parts of MLflow ask for its one place, whatever client they are asked through; they
            # would make an mlflow.db in the working directory
            mlflow.set_tracking_uri(self._url)
            mlflow.set_registry_uri(self._url)
            yield
        except _FAILURES as error:
            why = without_secrets(str(error).strip().partition("\n")[0]) or type(error).__name__
            if isinstance(error, MlflowException) and error.error_code == _REFUSED:
                raise Untrackable(f"MLflow at {self._place} will not take it: {why}") from error
            raise TrackingAway(
                f"MLflow at {self._place} is away ({why}); see to it that it runs there and lets "
                "us in, or set WEIR_MLFLOW_URL (none tracks nothing); until then what is to be "
                "tracked waits in WEIR_SPOOL_DIR"
            ) from error

    def experiment(self, name: str) -> str:
        """Return the id of an experiment; it is made, or taken out of the bin."""
        found: Experiment | None = self.client.get_experiment_by_name(name)
        if found is None:
            return self._new_experiment(name)
        if found.lifecycle_stage == "deleted":
            self.client.restore_experiment(found.experiment_id)
        return str(found.experiment_id)

    def _new_experiment(self, name: str) -> str:
        # a server names the place itself; of a database each client would take its own
        location = f"{self._artifacts}/{name}" if self._artifacts else None
        try:
            return str(self.client.create_experiment(name, location, _KIND))
        except MlflowException as error:
            made: Experiment | None = self.client.get_experiment_by_name(name)
            if error.error_code != "RESOURCE_ALREADY_EXISTS" or made is None:
                raise
            return str(made.experiment_id)  # by another process, this moment

    def _knock(self) -> None:
        """Fail at once when a database is away: MLflow itself would try for hours to open it."""
        if self._url.startswith(SQLITE):
            path = Path(self._url.removeprefix(SQLITE))
            path.parent.mkdir(parents=True, exist_ok=True)
            database = sqlite3.connect(path, timeout=_PATIENCE)
            try:
                database.execute("PRAGMA schema_version")
            finally:
                database.close()
        elif not self._url.startswith("http"):
            postgres(self._url, _PATIENCE).connect().close()


def _location(url: str, artifacts: str) -> str:
    """Return where experiments keep their files, absolute; empty for a server's own place."""
    if url.startswith("http"):
        return ""
    if "://" in artifacts:
        return artifacts.rstrip("/")
    beside = Path(url.removeprefix(SQLITE)).parent if url.startswith(SQLITE) else Path.cwd()
    return (beside / artifacts).absolute().as_uri()
