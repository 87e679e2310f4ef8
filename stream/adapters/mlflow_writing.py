"""What is written to a run: figures as MLflow's metrics, parameters, tags."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence

from models.training.report import AgeReport, Figures
from stream.adapters.mlflow_library import Metric, MlflowClient, Param, RunTag

#: The most that MLflow takes at once.
_METRICS, _PARAMS = 1000, 100

#: Who made a run, as MLflow's pages show it.
SOURCE = {"mlflow.user": "weir", "mlflow.source.name": "weir", "mlflow.source.type": "JOB"}

#: What the name of a metric cannot have.
_UNFIT = re.compile(r"[^\w\-. :/]")

#: Before the names of the figures of one window; MLflow's pages group by it.
_BY_WINDOW = "by_window"


def metric(name: str, value: float | None, at: int, step: int = 0) -> Iterator[Metric]:
    """Yield the metric, or nothing for a value that is no number."""
    if value is not None and math.isfinite(value):
        yield Metric(_UNFIT.sub("_", name), value, at, step)


def figures(
    age: str, values: Figures, at: int, step: int = 0, prefix: str = ""
) -> Iterator[Metric]:
    """Yield figures as ``auc``, or ``install.gini`` where there are several ages.

    Args:
        age: its name.
        values: by name.
        at: ms.
        step: of the metric.
        prefix: goes before the names.
    """
    for name, value in values.items():
        full = f"{age}.{name}" if age else name
        yield from metric(f"{prefix}/{full}" if prefix else full, value, at, step)


def of_ages(ages: Sequence[AgeReport], at: int) -> Iterator[Metric]:
    """Yield the figures of a report, and of its windows: step is the window, time event time."""
    for age in ages:
        yield from figures(age.age, age.figures, at)
        for step, window in enumerate(age.windows):
            yield from figures(age.age, window.figures, window.until, step, _BY_WINDOW)


def log(
    client: MlflowClient,
    run_id: str,
    metrics: Sequence[Metric] = (),
    params: Mapping[str, object] | None = None,
    tags: Mapping[str, str] | None = None,
) -> None:
    """Write to a run, in as few calls as MLflow allows."""
    said = [Param(name, str(value)) for name, value in (params or {}).items()]
    marks = [RunTag(name, value) for name, value in (tags or {}).items()]
    for first in range(0, max(1, len(said)), _PARAMS):
        client.log_batch(run_id, params=said[first : first + _PARAMS], tags=marks)
    for first in range(0, len(metrics), _METRICS):
        client.log_batch(run_id, metrics=metrics[first : first + _METRICS])
