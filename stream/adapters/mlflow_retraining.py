"""A retraining in MLflow: a run with the champion's figures, and a run in it for each candidate."""

import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from models.origin import date_of
from models.training.report import AgeReport, RetrainingReport, TrialReport
from stream.adapters import report_plots
from stream.adapters.mlflow_connection import Connection
from stream.adapters.mlflow_library import MlflowClient, Run
from stream.adapters.mlflow_writing import SOURCE, log, metric, of_ages
from stream.tracking.entries import Retraining
from stream.tracking.port import Untrackable

#: The tag by which the runs of a retraining are found again.
ID = "weir.id"

_PARENT, _NOTE = "mlflow.parentRunId", "mlflow.note.content"


def track(connection: Connection, entry: Retraining) -> None:
    """Write a retraining, once.

    1. When it is there, whole, nothing is left to do. Its run is whole when it is finished.
    2. What a crashed attempt has left is deleted.
    3. The run is made, then those of the candidates, and at last it is finished.
    """
    report, client = entry.report, connection.client
    experiment = connection.experiment(f"weir/{report.domain}")
    runs = runs_of(client, experiment, report.id)
    if any(run.info.status == "FINISHED" and _PARENT not in run.data.tags for run in runs):
        return
    for run in runs:
        client.delete_run(run.info.run_id)
    name = f"{date_of(report.last_at)} {report.by}"
    parent: str = client.create_run(experiment, report.started_at, _tags(report), name).info.run_id
    metrics = list(of_ages(report.champion_ages, report.finished_at))
    log(client, parent, metrics, _params(report))
    _attach(client, parent, {"report.json": _pretty(report)})
    _draw(client, parent, report.champion_ages)
    for rank, trial in enumerate(report.trials):
        model = entry.model if trial.model == report.chosen else b""
        _trial(client, experiment, parent, report, rank, trial, model)
    client.set_terminated(parent, "FINISHED", report.finished_at)


def runs_of(client: MlflowClient, experiment: str, id_: str) -> list[Run]:
    """Return the runs of a retraining: its own, and those of its candidates.

    Raises:
        Untrackable: MLflow cannot look for such an id.
    """
    if "'" in id_:
        raise Untrackable(f"a retraining's id must have no quotes: {id_!r}")
    found: list[Run] = []
    token = None
    while True:
        page = client.search_runs([experiment], f"tags.`{ID}` = '{id_}'", page_token=token)
        found += page
        token = page.token
        if not token:
            return found


def run_of_model(client: MlflowClient, experiment: str, id_: str, model: str) -> str | None:
    """Return the id of the run of a retraining's candidate, or its own; None when it is away."""
    runs = {run.data.tags.get("weir.model", ""): run for run in runs_of(client, experiment, id_)}
    found = runs.get(model) or runs.get("")
    return str(found.info.run_id) if found else None


def _trial(
    client: MlflowClient,
    experiment: str,
    parent: str,
    report: RetrainingReport,
    rank: int,
    trial: TrialReport,
    model: bytes,
) -> None:
    end = report.started_at + int(trial.seconds * 1000)
    tags = {
        **SOURCE,
        ID: report.id,
        _PARENT: parent,
        _NOTE: trial.title,
        "weir.model": trial.model,
        "weir.recipe": trial.recipe,
        "weir.chosen": "yes" if trial.model == report.chosen else "no",
    }
    run: str = client.create_run(experiment, report.started_at, tags, trial.model).info.run_id
    numbers = {
        "rank": rank + 1,
        "labels": trial.labels,
        "learnt": trial.learnt,
        "seconds": trial.seconds,
        "gain": trial.gain,
        "gain_low": trial.low,
        "gain_high": trial.high,
    }
    at = report.finished_at
    metrics = [one for name, value in numbers.items() for one in metric(name, value, at)]
    metrics += of_ages(trial.ages, at)
    told = {f"recipe.{name}": value for name, value in trial.parameters.items()}
    since = date_of(trial.since) if trial.since else "the beginning"
    log(client, run, metrics, {"recipe": trial.recipe, "since": since, **told})
    files = {"trial.json": _pretty(trial)}
    if model:
        files["candidate.weir"] = model
    _attach(client, run, files)
    _draw(client, run, trial.ages, report.champion_ages)
    if trial.effects:
        client.log_figure(run, report_plots.effects(trial.effects), "feature_effects.png")
    client.set_terminated(run, "FINISHED", end)


def _draw(
    client: MlflowClient,
    run: str,
    ages: list[AgeReport],
    champion: list[AgeReport] | None = None,
) -> None:
    for name, figure in report_plots.of_model(ages, champion).items():
        client.log_figure(run, figure, f"{name}.png")


def _attach(client: MlflowClient, run: str, files: Mapping[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            (Path(folder) / name).write_bytes(content)
        client.log_artifacts(run, folder)


def _tags(report: RetrainingReport) -> dict[str, str]:
    chosen = report.chosen or "none"
    return {
        **SOURCE,
        ID: report.id,
        _NOTE: f"{report.reason}\n\nChosen: **{chosen}**. {report.why}",
        "weir.domain": report.domain,
        "weir.by": report.by,
        "weir.reason": report.reason,
        "weir.chosen": chosen,
        "weir.why": report.why,
        "weir.champion": report.champion,
    }


def _params(report: RetrainingReport) -> dict[str, object]:
    versions = {f"version.{name}": version for name, version in report.versions.items()}
    return {
        "examples.first_offset": report.first_offset,
        "examples.next_offset": report.next_offset,
        "examples.position": report.position,
        "examples.first_at": _iso(report.first_at),
        "examples.last_at": _iso(report.last_at),
        "judged.since": _iso(report.judged_since),
        "judged.until": _iso(report.judged_until),
        "judged.labels": report.judged,
        "champion": report.champion,
        "schema": report.schema,
        "seed": report.seed,
        **versions,
    }


def _iso(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="seconds")


def _pretty(report: RetrainingReport | TrialReport) -> bytes:
    return msgspec.json.format(msgspec.json.encode(report), indent=1)
