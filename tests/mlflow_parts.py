"""What has arrived in an MLflow, and a sender that dies on the way."""

from typing import Any

from stream.adapters.mlflow_tracking import MlflowTracking
from stream.tracking.entries import Entry, Retraining

#: The experiment, and the registered model, of the domain ``churn``.
CHURN, MODEL = "weir/churn", "weir-churn"


def client(url: str) -> Any:
    """MLflow's own, to look at what has arrived."""
    from stream.adapters.mlflow_library import MlflowClient  # noqa: PLC0415 - it takes seconds

    return MlflowClient(url, url)


def runs(url: str, filter_: str = "", experiment: str = CHURN) -> dict[str, Any]:
    """The runs that are not deleted, by name; a name that comes twice is an error."""
    asked = client(url)
    found = asked.get_experiment_by_name(experiment)
    if found is None:
        return {}
    rows = asked.search_runs([found.experiment_id], filter_)
    names = [run.info.run_name for run in rows]
    assert len(names) == len(set(names)), names
    return dict(zip(names, rows, strict=True))


#: The name of the run of a retraining as ``tests.tracking_parts.report`` makes it.
RETRAINED = "20240301 drift"


def of(id_: str) -> str:
    return f"tags.`weir.id` = '{id_}'"


def aliases(url: str) -> dict[str, str]:
    """Versions of ours by alias."""
    asked = client(url)
    told: dict[str, str] = asked.get_registered_model(MODEL).aliases
    return {a: asked.get_model_version(MODEL, v).tags["weir.version"] for a, v in told.items()}


def files(url: str, run: Any) -> set[str]:
    return {file.path for file in client(url).list_artifacts(run.info.run_id)}


class Killed(BaseException):
    """The process dies here."""


class Mortal:
    """MLflow's client, whose process dies after so many calls have come through."""

    def __init__(self, real: Any, calls: int) -> None:
        self._real, self._left = real, calls

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._real, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            result = method(*args, **kwargs)
            self._left -= 1
            if not self._left:
                raise Killed
            return result

        return call


def dies(url: str, calls: int, entry: Entry) -> bool:
    """Send an entry until the process dies; whether it did."""
    tracked = MlflowTracking(url)
    connection: Any = tracked._connection
    connection.client = Mortal(connection.client, calls)
    send = tracked.retraining if isinstance(entry, Retraining) else tracked.register
    try:
        send(entry)  # type: ignore[arg-type]  # the one that takes it
    except Killed:
        return True
    return False
