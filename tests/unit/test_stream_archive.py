"""The archive: what goes in comes out, in order, each once, to the bit."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import domains
from models.effects import Example, Snapshot
from stream.archive import Archive, ArchiveGap, Record

CHURN = domains.load("churn")


def example(n: int) -> Example:
    features = {name: n / 3.0 + place for place, name in enumerate(CHURN.feature_names)}
    return Example(
        id=f"u{n}@{n}",
        user_id=f"u{n}",
        at=n,
        age=0,
        window=0,
        gain=0.1 + n,
        label=None if n % 5 == 0 else float(n % 2),
        label_at=n + 7,
        due=n + 9,
        known=0.0,
        features=features,
        predictions={"kalman_logistic": 0.1 / (n + 1), "a~20181102": 0.3},
        chance=None,
        version="kalman_logistic@3",
        partition=n % 4,
        seq=n,
    )


def snapshot(n: int) -> Snapshot:
    features = dict.fromkeys(CHURN.feature_names, 1.0 / (n + 3))
    return Snapshot(f"u{n}", n, 0, 0.5, features, 0.25, 0.1, "kalman_logistic@3", 1, n)


def log(count: int) -> list[tuple[int, Record]]:
    """Offsets with a hole now and then, as where another wrote to the topic."""
    return [(n + n // 7, snapshot(n) if n % 3 == 2 else example(n)) for n in range(count)]


def put(archive: Archive, rows: list[tuple[int, Record]]) -> None:
    """Archive a stretch that begins and ends with a record."""
    archive.append(rows, rows[0][0], rows[-1][0] + 1)


def test_what_goes_in_comes_out(tmp_path: Path) -> None:
    archive, rows = Archive(tmp_path, CHURN), log(50)
    assert (archive.end, archive.first(), list(archive.read())) == (0, 0, [])
    end = rows[19][0] + 1
    archive.append(rows[:20], 0, end)
    archive.append(rows[20:], end, 60)
    assert list(archive.read()) == rows
    assert (archive.first(), archive.end) == (0, 60)
    orders = [list(record.features) for _, record in archive.read()]
    assert all(order == list(CHURN.feature_names) for order in orders)


def test_nothing_is_written_for_nothing(tmp_path: Path) -> None:
    archive = Archive(tmp_path, CHURN)
    archive.append([], 0, 5)
    assert not archive.directory.exists()


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    archive, rows = Archive(tmp_path, CHURN), log(30)
    for first in (0, 10, 20):
        put(archive, rows[first : first + 10])
    archive.segments()[1].path.unlink()
    with pytest.raises(ArchiveGap, match="from offset 11 to 21 are missing"):
        list(archive.read())


def test_a_stretch_may_begin_with_offsets_that_hold_nothing(tmp_path: Path) -> None:
    archive, rows = Archive(tmp_path, CHURN), log(14)
    assert [offset for offset, _ in rows[6:8]] == [6, 8]
    archive.append(rows[:7], 0, 7)
    archive.append(rows[7:], 7, 15)
    assert list(archive.read()) == rows


def test_half_a_file_is_none(tmp_path: Path) -> None:
    archive, rows = Archive(tmp_path, CHURN), log(10)
    archive.append(rows, 0, 11)
    (archive.directory / "examples-1.99.tmp").write_bytes(b"half")
    assert list(archive.read()) == rows


@settings(max_examples=20, deadline=None)
@given(cuts=st.lists(st.tuples(st.integers(0, 39), st.integers(1, 40)), min_size=1, max_size=5))
def test_two_that_archive_at_once_do_no_harm(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[tuple[int, int]]
) -> None:
    """Stretches that overlap hold the same; together they begin at 0 and leave nothing out."""
    archive, rows = Archive(tmp_path_factory.mktemp("archive"), CHURN), log(40)
    put(archive, rows[:15])
    put(archive, rows[10:])
    for first, length in cuts:
        put(archive, rows[first : first + length])
    assert list(archive.read()) == rows
