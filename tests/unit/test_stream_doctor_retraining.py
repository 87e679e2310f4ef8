"""What ``stream doctor`` says of that which retraining needs: MLflow, the spool, the archive."""

import time
from pathlib import Path

import pytest

from stream import checks
from stream.adapters.ping import Extent
from stream.adapters.ping_mlflow import MlflowFacts
from stream.checks import Check
from stream.segments import Segment, name_of, segments
from stream.tracking.spool import Spool
from tests.tracking_parts import live

SERVER, DATABASE = "http://mlflow:5000", "postgresql://db/mlflow"


@pytest.mark.parametrize(
    ("place", "facts", "status", "what"),
    [
        ("none", "", "ok", "nothing is tracked"),
        (SERVER, MlflowFacts("3.17.2"), "ok", f"{SERVER}, version 3.17.2"),
        (SERVER, "Connection refused", "warn", "(Connection refused)"),
        (DATABASE, MlflowFacts("dc11"), "ok", f"{DATABASE}, schema dc11"),
        (DATABASE, MlflowFacts(None), "ok", "schema none yet"),
        (DATABASE, MlflowFacts("dc11", takes_writes=False), "warn", "takes no writes"),
    ],
)
def test_an_mlflow_that_is_away_is_only_warned_of(
    place: str, facts: MlflowFacts | str, status: str, what: str
) -> None:
    check = checks.mlflow(place, facts)
    assert check.status == status
    assert what in check.what
    assert ("waits in the spool" in check.mend) == (status != "ok")


def test_a_spool_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    check = checks.spool(tmp_path / "not" / "there", tracks=True)
    assert check == Check("spool", "ok", f"{tmp_path}/not/there, nothing waits")
    assert list(tmp_path.iterdir()) == []


def test_many_entries_that_wait_are_warned_of(tmp_path: Path) -> None:
    spool = Spool(tmp_path, time.time)
    spool.put(live("m@1", 1))
    assert checks.spool(tmp_path, tracks=True).what == f"{tmp_path}, 1 entry waits"
    for position in range(2, 101):
        spool.put(live("m@1", position))
    few = checks.spool(tmp_path, tracks=True)
    assert (few.status, few.what) == ("ok", f"{tmp_path}, 100 entries wait")
    spool.put(live("m@1", 101))
    many = checks.spool(tmp_path, tracks=True)
    assert (many.status, "MLflow does not take them" in many.what) == ("warn", True)
    assert checks.spool(tmp_path, tracks=False).status == "ok"


def test_entries_that_were_set_aside_are_warned_of(tmp_path: Path) -> None:
    spool = Spool(tmp_path, time.time)
    spool.set_aside(spool.put(live("m@1", 1)), "no use")
    check = checks.spool(tmp_path, tracks=True)
    assert check.status == "warn"
    assert check.what == f"{tmp_path}, nothing waits, 1 in broken/ will never be tracked"


def test_a_spool_that_cannot_be_used_fails(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for directory in (tmp_path / "file" / "spool", tmp_path / ("x" * 300)):
        check = checks.spool(directory, tracks=True)
        assert (check.status, "WEIR_SPOOL_DIR" in check.mend) == ("fail", True)


def archive(directory: Path, *stretches: tuple[int, int]) -> list[Segment]:
    """The files of an archive, in the wrong order, and one that is being written."""
    for first, end in reversed(stretches):
        (directory / name_of(first, end)).touch()
    (directory / f"{name_of(90_000, 99_000)}.tmp").touch()
    return segments(directory)


def test_an_archive_that_has_not_begun(tmp_path: Path) -> None:
    check = checks.archive("churn", tmp_path / "churn", [], Extent(400, 900))
    assert check.status == "ok"
    assert "begins with" in check.what
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("log", "status", "what"),
    [
        (None, "ok", "offsets 200 to 15,399"),
        (Extent(0, 15_400), "ok", "offsets 200 to 15,399"),
        (Extent(15_400, 20_000), "ok", "offsets 200 to 15,399"),
        (Extent(15_401, 20_000), "fail", "Kafka has kept examples.churn only from 15,401 on"),
        (Extent(0, 15_399), "fail", "the next one of examples.churn is 15,399: it is the archive"),
    ],
)
def test_an_archive_goes_on_in_the_log(
    tmp_path: Path, log: Extent | None, status: str, what: str
) -> None:
    found = archive(tmp_path, (200, 10_000), (9_000, 9_500), (10_000, 15_400))
    check = checks.archive("churn", tmp_path, found, log)
    assert check.status == status
    assert what in check.what
    assert ("nothing is retrained" in check.mend) == (status == "fail")


def test_an_archive_that_lacks_a_file_fails(tmp_path: Path) -> None:
    found = archive(tmp_path, (0, 10), (5, 20), (8, 12), (25, 30), (40, 50))
    check = checks.archive("churn", tmp_path, found, Extent(0, 50))
    assert check.status == "fail"
    assert "those from 20 to 24 are missing" in check.what


def test_an_archive_that_cannot_be_used_fails(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    check = checks.archive("churn", tmp_path / "file" / "churn", [], None)
    assert (check.status, "cannot be written" in check.what) == ("fail", True)
    check = checks.archive("churn", tmp_path, "Permission denied", None)
    assert "cannot be read (Permission denied)" in check.what
    assert (check.status, "WEIR_ARCHIVE_DIR" in check.mend) == ("fail", True)
