"""Tracking by MLflow: on a server, or straight into its database."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from stream.tracking.entries import Live, Registration, Retraining
from stream.tracking.port import NoTracking, Tracking

if TYPE_CHECKING:
    from stream.adapters.mlflow_connection import Connection


def tracking(url: str, artifacts: str = "mlartifacts") -> Tracking:
    """Return what a setting asks for: ``none``, or MLflow at a URL."""
    return NoTracking() if url == "none" else MlflowTracking(url, artifacts)


class MlflowTracking:
    """MLflow at one place, as ``stream.tracking.port.Tracking`` says; connects when first used.

    MLflow is imported then too, which takes seconds: not in a process that scores.

    Args:
        url: ``sqlite:///path``, ``postgresql://...`` or ``http(s)://...``.
        artifacts: where files go when the URL is a database, see ``Connection``.
    """

    def __init__(self, url: str, artifacts: str = "mlartifacts") -> None:
        self._url, self._artifacts = url, artifacts
        self._connected: Connection | None = None

    def retraining(self, entry: Retraining) -> None:
        """Make a run of the experiment ``weir/<domain>``, with one in it for each candidate."""
        from stream.adapters import mlflow_retraining

        with self._connection.answering():
            mlflow_retraining.track(self._connection, entry)

    def register(self, entry: Registration) -> None:
        """Make a version of the registered model ``weir-<domain>``, and set its alias."""
        from stream.adapters import mlflow_registry

        with self._connection.answering():
            mlflow_registry.register(self._connection, entry)

    def live(self, entry: Live) -> None:
        """Add to the run ``live <name>`` of the experiment ``weir/<domain>``."""
        from stream.adapters import mlflow_live

        with self._connection.answering():
            mlflow_live.track(self._connection, entry)

    def align(self, domain: str, champion: str, challenger: str | None) -> Sequence[str]:
        """Set and delete aliases; return the versions that are not registered."""
        from stream.adapters import mlflow_registry

        with self._connection.answering():
            return mlflow_registry.align(self._connection, domain, champion, challenger)

    @property
    def _connection(self) -> "Connection":
        if self._connected is None:
            from stream.adapters.mlflow_connection import Connection

            self._connected = Connection(self._url, self._artifacts)
        return self._connected
