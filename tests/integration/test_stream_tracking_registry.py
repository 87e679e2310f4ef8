"""MLflow's registry: versions come once, and its aliases say who serves."""

import shutil
import time
from pathlib import Path

import pytest

from stream.adapters.mlflow_tracking import MlflowTracking
from stream.tracking.entries import Retraining
from stream.tracking.port import TrackingAway
from stream.tracking.ship import ship
from stream.tracking.spool import Spool
from tests.mlflow_parts import CHURN, MODEL, RETRAINED, aliases, client, dies, of, runs
from tests.mlflow_server import MlflowServer
from tests.tracking_parts import live, registered, report


# comes first: then the server has not been started yet, and need not be stopped for it
def test_what_comes_while_mlflow_is_down_waits_for_it(
    lazy_mlflow: MlflowServer, mlflow_tables: Path, tmp_path: Path
) -> None:
    lazy_mlflow.stop()
    shutil.copy(mlflow_tables, lazy_mlflow.data_dir / "mlflow.db")
    url, spool = lazy_mlflow.url, Spool(tmp_path / "spool", time.time)
    tracked = MlflowTracking(url)
    spool.put(registered("kalman_logistic@10"))
    spool.put(Retraining(report("r-down", trials=1)))
    spool.put(registered("kalman_logistic~20181102@20", "challenger", retraining="r-down"))
    spool.put(live("kalman_logistic@30", 30))
    before = time.monotonic()
    shipped = ship(spool, tracked)
    assert time.monotonic() - before < 20
    assert (shipped.shipped, shipped.set_aside, shipped.waiting) == (0, 0, 4)
    assert "WEIR_MLFLOW_URL" in shipped.why
    assert url.removeprefix("http://") in shipped.why
    with pytest.raises(TrackingAway, match="is away"):
        tracked.align("churn", "kalman_logistic@10", None)

    lazy_mlflow.start()
    assert ship(spool, tracked) == (4, 0, 0, "")
    assert ship(spool, tracked) == (0, 0, 0, "")
    assert set(runs(url)) == {RETRAINED, "kalman_logistic~20181102", "live kalman_logistic"}
    # in the order of the spool
    versions = client(url).search_model_versions(f"name = '{MODEL}'")
    told = {int(v.version): v.tags["weir.version"] for v in versions}
    assert told == {1: "kalman_logistic@10", 2: "kalman_logistic~20181102@20"}
    assert aliases(url) == {"champion": told[1], "challenger": told[2]}
    candidate = runs(url, of("r-down"))["kalman_logistic~20181102"]
    assert {v.run_id for v in versions} == {"", candidate.info.run_id}


def test_a_registration_cut_short_anywhere_is_one_version_in_the_end(mlflow_sqlite: str) -> None:
    entry, calls = registered("kalman_logistic@77"), 1
    while dies(mlflow_sqlite, calls, entry):
        calls += 1
    assert calls > 5
    asked = client(mlflow_sqlite)
    [version] = asked.search_model_versions(f"name = '{MODEL}'")
    assert version.tags["weir.version"] == "kalman_logistic@77"
    assert aliases(mlflow_sqlite) == {"champion": "kalman_logistic@77"}
    experiment = asked.get_experiment_by_name(CHURN).experiment_id
    assert [str(m.status) for m in asked.search_logged_models([experiment])] == ["READY"]


def test_aliases_say_what_redis_says(mlflow_url: str) -> None:
    tracked, name = MlflowTracking(mlflow_url), "kalman_logistic"
    old, new, next_ = f"{name}@100", f"{name}~20181101@110", f"{name}~20181102@120"
    tracked.register(registered(old))
    tracked.register(registered(new, "challenger"))
    assert aliases(mlflow_url) == {"champion": old, "challenger": new}
    assert tracked.align("churn", old, new) == []

    assert tracked.align("churn", new, None) == []  # promoted
    assert aliases(mlflow_url) == {"champion": new}
    assert tracked.align("churn", old, next_) == [next_]  # rolled back, and a new one has come
    assert aliases(mlflow_url) == {"champion": old}
    tracked.register(registered(next_, "challenger"))
    tracked.register(registered(next_, "challenger"))
    assert aliases(mlflow_url) == {"champion": old, "challenger": next_}
    assert tracked.align("churn", old, next_) == []
    assert len(client(mlflow_url).search_model_versions(f"tags.`weir.version` = '{next_}'")) == 1


def test_nothing_is_registered_of_a_domain_that_is_new(mlflow_sqlite: str) -> None:
    tracked = MlflowTracking(mlflow_sqlite)
    assert tracked.align("churn", "kalman_logistic@5", None) == ["kalman_logistic@5"]
    assert tracked.align("churn", "a@5", "b@5") == ["a@5", "b@5"]


def test_a_version_says_where_it_comes_from(mlflow_url: str) -> None:
    entry = registered("kalman_hurdle~20181103@400", domain="revenue", retraining="away")
    MlflowTracking(mlflow_url).register(entry)
    asked = client(mlflow_url)
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


def test_files_of_a_database_are_beside_it(mlflow_sqlite: str, tmp_path: Path) -> None:
    MlflowTracking(mlflow_sqlite, "some files").register(registered("kalman_logistic@8"))
    [blob] = (tmp_path / "some files" / "weir" / "churn").rglob("model.weir")
    assert blob.stat().st_size
