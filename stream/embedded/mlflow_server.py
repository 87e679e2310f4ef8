"""The embedded MLflow: its own server, on SQLite and files of the run's directory."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

#: It would start eight processes for jobs that nobody gives it, and report to its makers.
ENVIRONMENT: Mapping[str, str] = {
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
}


def server(url: str, directory: Path) -> Sequence[str]:
    """Return the command that serves MLflow.

    Args:
        url: ``http://127.0.0.1:port``.
        directory: where its database and its files are.
    """
    return (
        *(sys.executable, "-m", "mlflow", "server", "--workers", "1", "--host", "127.0.0.1"),
        *("--port", url.rpartition(":")[2]),
        *("--backend-store-uri", database(directory)),
        *("--artifacts-destination", str(directory / "mlartifacts")),
    )


def database(directory: Path) -> str:
    """Return the URL of the database."""
    return f"sqlite:///{directory / 'mlflow.db'}"


def pages(url: str) -> str:
    """Return where a person looks: without this word MLflow opens its pages about GenAI."""
    return f"{url}/?workflowType=machine_learning"
