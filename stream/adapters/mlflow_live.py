"""The figures of the model that serves: one long run for each that ever did."""

from datetime import UTC, datetime

from models.errors import BadVersion
from models.origin import Version
from stream.adapters.mlflow_connection import Connection
from stream.adapters.mlflow_library import Run
from stream.adapters.mlflow_writing import SOURCE, figures, log, metric
from stream.tracking.entries import Live
from stream.tracking.port import Untrackable

#: The tag by which the run of a model is found again.
MODEL = "weir.live"


def track(connection: Connection, entry: Live) -> None:
    """Add figures to the run of the champion; those of others are over.

    Step is the position in the examples log. The same figures again change nothing.
    """
    client = connection.client
    try:
        name = str(Version.parse(entry.version).origin)
    except BadVersion as error:
        raise Untrackable(str(error)) from error
    experiment = connection.experiment(f"weir/{entry.domain}")
    runs = client.search_runs([experiment], f"tags.`{MODEL}` LIKE '%'")
    by_name: dict[str, Run] = {run.data.tags[MODEL]: run for run in runs}
    for other, run in by_name.items():
        if other != name and run.info.status == "RUNNING":
            client.set_terminated(run.info.run_id, "FINISHED", entry.wall_ms)
    tags = {
        **SOURCE,
        MODEL: name,
        "weir.domain": entry.domain,
        "weir.version": entry.version,
        "weir.event_time": datetime.fromtimestamp(entry.event_ms / 1000, UTC).isoformat(),
    }
    own = by_name.get(name)
    if own is None:
        own = client.create_run(experiment, entry.wall_ms, tags, f"live {name}")
    elif own.info.status != "RUNNING":  # it serves again, after a rollback
        client.update_run(own.info.run_id, "RUNNING")
    metrics = [
        one
        for age, values in entry.figures.items()
        for one in figures(age, values, entry.wall_ms, entry.position)
    ]
    for gauge, value in entry.drift.items():
        metrics += metric(f"drift/{gauge}", value, entry.wall_ms, entry.position)
    log(client, own.info.run_id, metrics, tags=tags)
