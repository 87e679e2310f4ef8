"""Runs in real MLflows: what is sent comes once and whole, however often it is interrupted."""

import importlib.metadata
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import make_url

from stream.adapters import ping_mlflow
from stream.adapters.mlflow_tracking import MlflowTracking, tracking
from stream.adapters.ping_mlflow import MlflowFacts
from stream.tracking.entries import Retraining
from stream.tracking.port import NoTracking, TrackingAway, Untrackable
from stream.tracking.ship import ship
from stream.tracking.spool import Spool
from tests.databases import PostgresServer
from tests.mlflow_parts import CHURN, RETRAINED, aliases, client, dies, files, of, runs
from tests.mlflow_server import MlflowServer
from tests.tracking_parts import live, registered, report

LIVE = "tags.`weir.live` LIKE '%'"


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool", time.time)


def test_the_doctor_finds_mlflow(mlflow_server: MlflowServer, mlflow_sqlite: str) -> None:
    found = ping_mlflow.mlflow(mlflow_server.url)
    assert found == MlflowFacts(importlib.metadata.version("mlflow"))
    assert ping_mlflow.mlflow(mlflow_sqlite).version is not None


def test_a_retraining_is_a_run_with_one_in_it_for_each_candidate(mlflow_url: str) -> None:
    found = report("r-1")
    MlflowTracking(mlflow_url).retraining(Retraining(found, b"signed"))
    by_name = runs(mlflow_url, of("r-1"))
    assert set(by_name) == {RETRAINED, *(trial.model for trial in found.trials)}

    parent = by_name[RETRAINED]
    assert parent.info.status == "FINISHED"
    assert (parent.info.start_time, parent.info.end_time) == (found.started_at, found.finished_at)
    told = parent.data
    assert told.tags["weir.by"] == "drift"
    assert told.tags["weir.reason"] == found.reason
    assert told.tags["weir.chosen"] == found.chosen
    assert told.tags["weir.why"] == found.why
    assert told.params["examples.first_offset"] == "1200"
    assert told.params["examples.next_offset"] == "15437"
    assert told.params["schema"] == found.schema
    assert told.params["seed"] == "17"
    assert told.params["version.river"] == "0.26.1"
    assert told.metrics["auc"] == pytest.approx(found.champion_ages[0].figures["auc"])
    assert files(mlflow_url, parent) == {
        *("report.json", "calibration.png", "ranking.png", "precision_recall.png")
    }

    best = found.trials[0]
    child = by_name[best.model]
    assert child.data.tags["mlflow.parentRunId"] == parent.info.run_id
    assert child.data.params["recipe"] == best.recipe
    assert child.data.params["since"] == "20181102"
    assert child.data.params["recipe.halflife"] == "20.0"
    assert child.data.metrics["gain"] == best.gain
    assert (child.data.metrics["gain_low"], child.data.metrics["gain_high"]) == (
        *(best.low, best.high),
    )
    pictures = {f"{name}.png" for name in ("calibration", "ranking", "precision_recall")}
    pictures |= {"feature_effects.png"}
    assert files(mlflow_url, child) == pictures | {"trial.json", "candidate.weir"}
    assert files(mlflow_url, by_name[found.trials[1].model]) == pictures | {"trial.json"}


def test_the_curve_by_windows_is_in_event_time(mlflow_url: str) -> None:
    found = report("r-curve", "revenue", 1)
    MlflowTracking(mlflow_url).retraining(Retraining(found))
    run = runs(mlflow_url, of("r-curve"), "weir/revenue")[found.trials[0].model]
    history = client(mlflow_url).get_metric_history(run.info.run_id, "by_window/install.gini")
    windows = found.trials[0].ages[0].windows
    assert [(one.step, one.timestamp, one.value) for one in history] == [
        (step, window.until, pytest.approx(window.figures["gini"]))
        for step, window in enumerate(windows)
    ]
    assert {"install.gini", "72h.spearman"} <= set(run.data.metrics)


def test_a_retraining_without_candidates_or_figures_is_tracked_too(mlflow_url: str) -> None:
    found = report("r-empty", trials=0)
    MlflowTracking(mlflow_url).retraining(Retraining(found))
    assert set(runs(mlflow_url, of("r-empty"))) == {RETRAINED}


def test_a_retraining_cut_short_anywhere_is_whole_in_the_end(mlflow_sqlite: str) -> None:
    found = report("r-cut", trials=1)
    entry, calls = Retraining(found), 1
    while dies(mlflow_sqlite, calls, entry):
        calls += 3
    assert calls > 9
    by_name = runs(mlflow_sqlite, of("r-cut"))
    assert set(by_name) == {RETRAINED, found.trials[0].model}
    for run in by_name.values():
        assert run.info.status == "FINISHED"
        assert "calibration.png" in files(mlflow_sqlite, run)
    before = {name: run.info.run_id for name, run in by_name.items()}
    MlflowTracking(mlflow_sqlite).retraining(entry)
    assert {
        name: run.info.run_id for name, run in runs(mlflow_sqlite, of("r-cut")).items()
    } == before


SHIPPER = """
import os, signal, sys, time
from pathlib import Path
from stream.adapters import mlflow_library
from stream.adapters.mlflow_tracking import MlflowTracking
from stream.tracking.ship import ship
from stream.tracking.spool import Spool

url, spool, calls = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
done = 0
log_figure = mlflow_library.MlflowClient.log_figure

def draw(*args):
    global done
    log_figure(*args)
    done += 1
    if done == calls:
        os.kill(os.getpid(), signal.SIGKILL)

mlflow_library.MlflowClient.log_figure = draw
print(ship(Spool(spool, time.time), MlflowTracking(url)).shipped)
"""


def test_a_shipper_killed_half_way_loses_nothing(
    mlflow_server: MlflowServer, spool: Spool, tmp_path: Path
) -> None:
    spool.put(Retraining(report("r-kill-1", trials=1)))
    spool.put(Retraining(report("r-kill-2", trials=1)))

    def run(calls: int) -> "subprocess.CompletedProcess[str]":
        arguments = [mlflow_server.url, str(tmp_path / "spool"), str(calls)]
        return subprocess.run(
            [sys.executable, "-c", SHIPPER, *arguments],
            env={**os.environ, "PYTHONPATH": "."},
            capture_output=True,
            text=True,
            check=False,
        )

    killed = run(9)  # in the second one: each has seven figures
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert len(spool.waiting()) == 1
    finished = run(1000)
    assert finished.stdout.strip() == "1", finished.stderr
    assert spool.waiting() == []
    for id_ in ("r-kill-1", "r-kill-2"):
        by_name = runs(mlflow_server.url, of(id_))
        assert len(by_name) == 2
        assert {run.info.status for run in by_name.values()} == {"FINISHED"}


def test_the_live_figures_of_a_model_are_one_run(mlflow_url: str) -> None:
    tracked, name = MlflowTracking(mlflow_url), "kalman_logistic~20181101"
    for position, auc in ((7100, 0.8), (7200, None), (7300, 0.9), (7300, 0.9)):
        tracked.live(live(f"{name}@{position}", position, auc))
    first = runs(mlflow_url, LIVE)[f"live {name}"]
    history = client(mlflow_url).get_metric_history(first.info.run_id, "auc")
    told = [(one.step, one.timestamp, one.value) for one in history]
    assert told == [(p, 1_760_000_000_000 + p * 1000, v) for p, v in ((7100, 0.8), (7300, 0.9))]
    assert first.data.tags["weir.version"] == f"{name}@7300"
    assert first.data.metrics["drift/psi songs_7d"] == 0.04
    assert first.data.metrics["drift/psi_strange"] == 0.1

    tracked.live(live("kalman_logistic~20181103@7400", 7400))  # another one serves
    status = {n: run.info.status for n, run in runs(mlflow_url, LIVE).items() if "~2018" in n}
    assert status == {f"live {name}": "FINISHED", "live kalman_logistic~20181103": "RUNNING"}
    tracked.live(live(f"{name}@7500", 7500))  # rolled back
    status = {n: run.info.status for n, run in runs(mlflow_url, LIVE).items() if "~2018" in n}
    assert status == {f"live {name}": "RUNNING", "live kalman_logistic~20181103": "FINISHED"}


def test_an_experiment_in_the_bin_is_taken_out_again(mlflow_sqlite: str) -> None:
    tracked, asked = MlflowTracking(mlflow_sqlite), client(mlflow_sqlite)
    tracked.live(live("kalman_logistic@1", 1))
    asked.delete_experiment(asked.get_experiment_by_name(CHURN).experiment_id)
    tracked.live(live("kalman_logistic@2", 2))
    assert asked.get_experiment_by_name(CHURN).lifecycle_stage == "active"


def test_what_mlflow_refuses_is_set_aside_and_the_rest_is_shipped(
    mlflow_sqlite: str, spool: Spool, tmp_path: Path
) -> None:
    refused = spool.put(Retraining(report("it's mine")))
    spool.put(live("kalman_logistic@3", 3))
    assert ship(spool, MlflowTracking(mlflow_sqlite)) == (1, 1, 0, "")
    assert (tmp_path / "spool" / "broken" / refused / "entry.json").exists()
    with pytest.raises(Untrackable):
        MlflowTracking(mlflow_sqlite).live(live("no version", 1))


def test_one_that_never_answers_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        tracked = MlflowTracking(f"http://user:s3cret@127.0.0.1:{deaf.getsockname()[1]}")
        before = time.monotonic()
        with pytest.raises(TrackingAway) as away:
            tracked.live(live("kalman_logistic@1", 1))
        assert time.monotonic() - before < 20
    assert "s3cret" not in str(away.value)


@pytest.mark.parametrize("what", ["postgresql", "a directory", "no database"])
def test_a_database_that_is_away_is_not_tried_for_hours(what: str, tmp_path: Path) -> None:
    url = "postgresql://weir:s3cret@127.0.0.1:1/mlflow"
    if what == "a directory":
        url = f"sqlite:///{tmp_path}"
    if what == "no database":
        (tmp_path / "mlflow.db").write_bytes(b"something else, that is longer than a header" * 40)
        url = f"sqlite:///{tmp_path}/mlflow.db"
    before = time.monotonic()
    with pytest.raises(TrackingAway) as away:
        MlflowTracking(url).live(live("kalman_logistic@1", 1))
    assert time.monotonic() - before < 20
    assert "s3cret" not in str(away.value)


def test_a_postgresql_takes_all_kinds(
    postgres: PostgresServer, spool: Spool, tmp_path: Path
) -> None:
    url = postgres.new_database()
    for entry in (
        Retraining(report("r-pg", trials=1)),
        registered("kalman_logistic~20181102@9", "challenger", retraining="r-pg"),
        live("kalman_logistic@9", 9),
    ):
        spool.put(entry)
    tracked = tracking(url.replace("postgresql://", "postgres://"), str(tmp_path / "files"))
    assert ship(spool, tracked) == (3, 0, 0, "")
    assert len(runs(url, of("r-pg"))) == 2
    assert tracked.align("churn", "kalman_logistic~20181102@9", None) == []
    assert aliases(url) == {"champion": "kalman_logistic~20181102@9"}
    assert str(make_url(url).password) not in str(list((tmp_path / "files").rglob("*")))


def test_none_tracks_nothing(spool: Spool) -> None:
    spool.put(live("kalman_logistic@3", 3))
    tracked = tracking("none")
    assert isinstance(tracked, NoTracking)
    assert ship(spool, tracked) == (1, 0, 0, "")
    assert tracked.align("churn", "kalman_logistic@3", None) == ()


def test_mlflow_tells_nobody_and_is_imported_only_when_used() -> None:
    code = (
        "import sys\n"
        "from stream.adapters.mlflow_tracking import MlflowTracking\n"
        "import stream.tracking.ship\n"
        "tracked = MlflowTracking('http://127.0.0.1:1')\n"
        "assert not {'mlflow', 'pandas', 'matplotlib'} & set(sys.modules)\n"
        "import stream.adapters.mlflow_library\n"
        "from mlflow.telemetry import get_telemetry_client\n"
        "assert get_telemetry_client() is None\n"
    )
    # pytest, CI and the like are themselves reasons for MLflow to tell nobody
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    subprocess.run([sys.executable, "-c", code], check=True, env=kept | {"PYTHONPATH": "."})
