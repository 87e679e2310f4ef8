"""Tracking by real MLflows: what is sent comes once and whole, however often it is interrupted."""

import importlib.metadata
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from stream.adapters import ping_mlflow
from stream.adapters.mlflow_tracking import MlflowTracking, tracking
from stream.adapters.ping_mlflow import MlflowFacts
from stream.embedded import ports
from stream.embedded.guard import Guard
from stream.tracking.entries import Entry, Retraining
from stream.tracking.port import NoTracking, TrackingAway, Untrackable
from stream.tracking.ship import ship
from stream.tracking.spool import Spool
from tests.databases import PostgresServer
from tests.mlflow_server import MlflowServer, new_database
from tests.tracking_parts import live, registered, report

CHURN, MODEL = "weir/churn", "weir-churn"
LIVE = "tags.`weir.live` LIKE '%'"


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with MLflow's tables."""
    return new_database(tmp_path_factory.mktemp("mlflow-empty"))


@pytest.fixture(scope="module")
def server(
    guard: Guard, empty: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MlflowServer]:
    with MlflowServer(tmp_path_factory.mktemp("mlflow"), guard, empty) as server:
        yield server


@pytest.fixture
def sqlite(tmp_path: Path, empty: Path) -> str:
    shutil.copy(empty, tmp_path / "mlflow.db")
    return f"sqlite:///{tmp_path}/mlflow.db"


@pytest.fixture(params=["server", "sqlite"])
def url(request: pytest.FixtureRequest) -> str:
    """MLflow by its server, and by its database alone."""
    if request.param == "sqlite":
        return str(request.getfixturevalue("sqlite"))
    return str(request.getfixturevalue("server").url)


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool", time.time)


def test_the_doctor_finds_mlflow(server: MlflowServer, sqlite: str) -> None:
    assert ping_mlflow.mlflow(server.url) == MlflowFacts(importlib.metadata.version("mlflow"))
    assert ping_mlflow.mlflow(sqlite).version is not None


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


def of(id_: str) -> str:
    return f"tags.`weir.id` = '{id_}'"


def aliases(url: str) -> dict[str, str]:
    """Versions of ours by alias."""
    asked = client(url)
    told: dict[str, str] = asked.get_registered_model(MODEL).aliases
    return {a: asked.get_model_version(MODEL, v).tags["weir.version"] for a, v in told.items()}


def files(url: str, run: Any) -> set[str]:
    return {file.path for file in client(url).list_artifacts(run.info.run_id)}


def test_a_retraining_is_a_run_with_one_in_it_for_each_candidate(url: str) -> None:
    found = report("r-1")
    MlflowTracking(url).retraining(Retraining(found, b"signed"))
    by_name = runs(url, of("r-1"))
    assert set(by_name) == {"r-1", *(trial.model for trial in found.trials)}

    parent = by_name["r-1"]
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
    assert files(url, parent) == {
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
    assert files(url, child) == pictures | {"trial.json", "candidate.weir"}
    assert files(url, by_name[found.trials[1].model]) == pictures | {"trial.json"}


def test_the_curve_by_windows_is_in_event_time(url: str) -> None:
    found = report("r-curve", "revenue", 1)
    MlflowTracking(url).retraining(Retraining(found))
    run = runs(url, of("r-curve"), "weir/revenue")[found.trials[0].model]
    history = client(url).get_metric_history(run.info.run_id, "by_window/install.gini")
    windows = found.trials[0].ages[0].windows
    assert [(one.step, one.timestamp, one.value) for one in history] == [
        (step, window.until, pytest.approx(window.figures["gini"]))
        for step, window in enumerate(windows)
    ]
    assert {"install.gini", "72h.spearman"} <= set(run.data.metrics)


def test_a_retraining_without_candidates_or_figures_is_tracked_too(url: str) -> None:
    found = report("r-empty", trials=0)
    MlflowTracking(url).retraining(Retraining(found))
    assert set(runs(url, of("r-empty"))) == {"r-empty"}


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


def test_a_retraining_cut_short_anywhere_is_whole_in_the_end(sqlite: str) -> None:
    found = report("r-cut", trials=1)
    entry, calls = Retraining(found), 1
    while dies(sqlite, calls, entry):
        calls += 3
    assert calls > 9
    by_name = runs(sqlite, of("r-cut"))
    assert set(by_name) == {"r-cut", found.trials[0].model}
    for run in by_name.values():
        assert run.info.status == "FINISHED"
        assert "calibration.png" in files(sqlite, run)
    before = {name: run.info.run_id for name, run in by_name.items()}
    MlflowTracking(sqlite).retraining(entry)
    assert {name: run.info.run_id for name, run in runs(sqlite, of("r-cut")).items()} == before


def test_a_registration_cut_short_anywhere_is_one_version_in_the_end(sqlite: str) -> None:
    entry, calls = registered("kalman_logistic@77"), 1
    while dies(sqlite, calls, entry):
        calls += 1
    assert calls > 5
    asked = client(sqlite)
    [version] = asked.search_model_versions(f"name = '{MODEL}'")
    assert version.tags["weir.version"] == "kalman_logistic@77"
    assert aliases(sqlite) == {"champion": "kalman_logistic@77"}
    experiment = asked.get_experiment_by_name(CHURN).experiment_id
    assert [str(m.status) for m in asked.search_logged_models([experiment])] == ["READY"]


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
    server: MlflowServer, spool: Spool, tmp_path: Path
) -> None:
    spool.put(Retraining(report("r-kill-1", trials=1)))
    spool.put(Retraining(report("r-kill-2", trials=1)))

    def run(calls: int) -> "subprocess.CompletedProcess[str]":
        arguments = [server.url, str(tmp_path / "spool"), str(calls)]
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
        by_name = runs(server.url, of(id_))
        assert len(by_name) == 2
        assert {run.info.status for run in by_name.values()} == {"FINISHED"}


def test_what_comes_while_mlflow_is_down_waits_for_it(
    guard: Guard, empty: Path, spool: Spool, tmp_path: Path
) -> None:
    folder = tmp_path / "server"
    folder.mkdir()
    down = MlflowServer(folder, guard, empty, ports.any_free())
    tracked = MlflowTracking(down.url)
    spool.put(registered("kalman_logistic@10"))
    spool.put(Retraining(report("r-down", trials=1)))
    spool.put(registered("kalman_logistic~20181102@20", "challenger", retraining="r-down"))
    spool.put(live("kalman_logistic@30", 30))
    before = time.monotonic()
    shipped = ship(spool, tracked)
    assert time.monotonic() - before < 20
    assert (shipped.shipped, shipped.set_aside, shipped.waiting) == (0, 0, 4)
    assert "WEIR_MLFLOW_URL" in shipped.why
    assert down.url.removeprefix("http://") in shipped.why
    with pytest.raises(TrackingAway, match="is away"):
        tracked.align("churn", "kalman_logistic@10", None)

    with down:
        url = down.url
        assert ship(spool, tracked) == (4, 0, 0, "")
        assert ship(spool, tracked) == (0, 0, 0, "")
        assert set(runs(url)) == {"r-down", "kalman_logistic~20181102", "live kalman_logistic"}
        # in the order of the spool
        versions = client(url).search_model_versions(f"name = '{MODEL}'")
        told = {int(v.version): v.tags["weir.version"] for v in versions}
        assert told == {1: "kalman_logistic@10", 2: "kalman_logistic~20181102@20"}
        assert aliases(url) == {"champion": told[1], "challenger": told[2]}
        candidate = runs(url, of("r-down"))["kalman_logistic~20181102"]
        assert {v.run_id for v in versions} == {"", candidate.info.run_id}


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


def test_aliases_say_what_redis_says(url: str) -> None:
    tracked, name = MlflowTracking(url), "kalman_logistic"
    old, new, next_ = f"{name}@100", f"{name}~20181101@110", f"{name}~20181102@120"
    tracked.register(registered(old))
    tracked.register(registered(new, "challenger"))
    assert aliases(url) == {"champion": old, "challenger": new}
    assert tracked.align("churn", old, new) == []

    assert tracked.align("churn", new, None) == []  # promoted
    assert aliases(url) == {"champion": new}
    assert tracked.align("churn", old, next_) == [next_]  # rolled back, and a new one has come
    assert aliases(url) == {"champion": old}
    tracked.register(registered(next_, "challenger"))
    tracked.register(registered(next_, "challenger"))
    assert aliases(url) == {"champion": old, "challenger": next_}
    assert tracked.align("churn", old, next_) == []
    assert len(client(url).search_model_versions(f"tags.`weir.version` = '{next_}'")) == 1


def test_nothing_is_registered_of_a_domain_that_is_new(sqlite: str) -> None:
    tracked = MlflowTracking(sqlite)
    assert tracked.align("churn", "kalman_logistic@5", None) == ["kalman_logistic@5"]
    assert tracked.align("churn", "a@5", "b@5") == ["a@5", "b@5"]


def test_a_version_says_where_it_comes_from(url: str) -> None:
    entry = registered("kalman_hurdle~20181103@400", domain="revenue", retraining="away")
    MlflowTracking(url).register(entry)
    asked = client(url)
    version = asked.get_model_version_by_alias("weir-revenue", "champion")
    assert version.tags == {
        "weir.version": "kalman_hurdle~20181103@400",
        "weir.domain": "revenue",
        "weir.recipe": "kalman_hurdle",
        "weir.position": "400",
        "weir.examples_offset": "15437",
        "weir.river": entry.river,
        "weir.python": entry.python,
        "weir.schema": entry.schema,
        "weir.retraining": "away",
    }
    assert version.status == "READY"


def test_the_live_figures_of_a_model_are_one_run(url: str) -> None:
    tracked, name = MlflowTracking(url), "kalman_logistic~20181101"
    for position, auc in ((7100, 0.8), (7200, None), (7300, 0.9), (7300, 0.9)):
        tracked.live(live(f"{name}@{position}", position, auc))
    first = runs(url, LIVE)[f"live {name}"]
    history = client(url).get_metric_history(first.info.run_id, "auc")
    told = [(one.step, one.timestamp, one.value) for one in history]
    assert told == [(p, 1_760_000_000_000 + p * 1000, v) for p, v in ((7100, 0.8), (7300, 0.9))]
    assert first.data.tags["weir.version"] == f"{name}@7300"
    assert first.data.metrics["drift/psi songs_7d"] == 0.04
    assert first.data.metrics["drift/psi_strange"] == 0.1

    tracked.live(live("kalman_logistic~20181103@7400", 7400))  # another one serves
    status = {n: run.info.status for n, run in runs(url, LIVE).items() if "~2018" in n}
    assert status == {f"live {name}": "FINISHED", "live kalman_logistic~20181103": "RUNNING"}
    tracked.live(live(f"{name}@7500", 7500))  # rolled back
    status = {n: run.info.status for n, run in runs(url, LIVE).items() if "~2018" in n}
    assert status == {f"live {name}": "RUNNING", "live kalman_logistic~20181103": "FINISHED"}


def test_an_experiment_in_the_bin_is_taken_out_again(sqlite: str) -> None:
    tracked, asked = MlflowTracking(sqlite), client(sqlite)
    tracked.live(live("kalman_logistic@1", 1))
    asked.delete_experiment(asked.get_experiment_by_name(CHURN).experiment_id)
    tracked.live(live("kalman_logistic@2", 2))
    assert asked.get_experiment_by_name(CHURN).lifecycle_stage == "active"


def test_what_mlflow_refuses_is_set_aside_and_the_rest_is_shipped(
    sqlite: str, spool: Spool, tmp_path: Path
) -> None:
    refused = spool.put(Retraining(report("it's mine")))
    spool.put(live("kalman_logistic@3", 3))
    assert ship(spool, MlflowTracking(sqlite)) == (1, 1, 0, "")
    assert (tmp_path / "spool" / "broken" / refused / "entry.json").exists()
    with pytest.raises(Untrackable):
        MlflowTracking(sqlite).live(live("no version", 1))


def test_files_of_a_database_are_beside_it(sqlite: str, tmp_path: Path) -> None:
    MlflowTracking(sqlite, "some files").register(registered("kalman_logistic@8"))
    [blob] = (tmp_path / "some files" / "weir" / "churn").rglob("model.weir")
    assert blob.stat().st_size


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
