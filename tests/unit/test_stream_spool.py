"""The spool: in order, whole or not at all, and shipped by one at a time."""

import logging
import os
import shutil
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.tracking.entries import (
    BadEntry,
    Entry,
    Live,
    Registration,
    Retraining,
    from_files,
    kind_of,
    to_files,
)
from stream.tracking.port import NoTracking, TrackingAway, Untrackable
from stream.tracking.ship import Shipped, ship
from stream.tracking.spool import Spool
from tests.tracking_parts import live, registered, report

NAME = "kalman_logistic"


class Killed(BaseException):
    """The process dies here."""


class Clock:
    """A wall clock that is set by hand."""

    def __init__(self, *seconds: float) -> None:
        self.times = list(seconds)

    def __call__(self) -> float:
        return self.times.pop(0) if len(self.times) > 1 else self.times[0]


class Sink(NoTracking):
    """Remembers what it took, and fails when told to."""

    def __init__(self, error: Exception | None = None, at: int = 0) -> None:
        self.error, self.at = error, at
        self.taken: list[Entry] = []

    def live(self, entry: Live) -> None:
        if self.error and entry.position == self.at:
            raise self.error
        self.taken.append(entry)

    def retraining(self, entry: Retraining) -> None:
        self.taken.append(entry)

    def register(self, entry: Registration) -> None:
        self.taken.append(entry)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "not yet" / "spool"


@pytest.fixture
def spool(home: Path) -> Spool:
    return Spool(home, Clock(1_700_000_000.0))


@pytest.mark.parametrize(
    "entry",
    [
        Retraining(report("r", trials=1), b"signed"),
        Retraining(report("r", "revenue", trials=0)),
        registered(f"{NAME}~20181102@15400"),
        live(f"{NAME}@5", 5, None),
    ],
    ids=kind_of,
)
def test_an_entry_comes_back_as_it_was(spool: Spool, home: Path, entry: Entry) -> None:
    name = spool.put(entry)
    assert spool.waiting() == [name]
    assert spool.read(name) == entry
    spool.remove(name)
    assert spool.waiting() == []
    assert list(home.iterdir()) == []


@settings(max_examples=15)  # every entry is synced to the disk
@given(times=st.lists(st.floats(0, 4e9), min_size=1, max_size=12))
def test_those_of_one_process_keep_their_order_whatever_the_clock_does(
    tmp_path_factory: pytest.TempPathFactory, times: list[float]
) -> None:
    spool = Spool(tmp_path_factory.mktemp("spool"), Clock(*times))
    names = [spool.put(live(f"{NAME}@{n}", n)) for n in range(len(times))]
    assert spool.waiting() == names == sorted(names)


def test_those_of_two_processes_are_in_the_order_of_their_clocks(home: Path) -> None:
    one, two = Spool(home, Clock(1.0, 3.0)), Spool(home, Clock(2.0, 4.0))
    names = [spool.put(live(f"{NAME}@1", 1)) for spool in (one, two, one, two)]
    assert one.waiting() == two.waiting() == names


def test_an_entry_is_whole_or_not_there_whenever_its_writer_is_killed(
    spool: Spool, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry, synced = registered(f"{NAME}@1"), 0
    real = os.fsync

    def dies(after: int) -> None:
        def fsync(handle: int) -> None:
            nonlocal synced
            synced += 1
            assert all(spool.read(name) == entry for name in spool.waiting())
            if synced == after:
                raise Killed
            real(handle)

        nonlocal synced
        synced = 0
        monkeypatch.setattr(os, "fsync", fsync)
        spool.put(entry)

    there = []
    for after in range(1, 5):  # two files, their directory, and the spool's
        with pytest.raises(Killed):
            dies(after)
        there.append(len(spool.waiting()))
    assert there == [0, 0, 0, 1]
    monkeypatch.undo()
    spool.put(entry)
    assert len(spool.waiting()) == 2

    # what was left half written is removed, when it is too old to be another's work
    Spool(home, Clock(0.0)).put(live(f"{NAME}@1", 1))
    with spool.shipping():
        assert len([p for p in home.iterdir() if p.name.startswith(".new-")]) == 3
    old = home.stat().st_mtime + 4000
    with Spool(home, Clock(old)).shipping():
        assert not [p for p in home.iterdir() if p.name.startswith(".new-")]
    assert len(spool.waiting()) == 3


def test_one_that_is_half_removed_is_gone(
    spool: Spool, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = spool.put(live(f"{NAME}@1", 1))

    def dies(_: Path) -> None:
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(shutil, "rmtree", dies)
        spool.remove(name)
    assert spool.waiting() == []
    assert ship(spool, Sink()) == (0, 0, 0, "")
    assert [path.name for path in home.iterdir()] == [".lock"]


def test_oldest_first_until_mlflow_is_away(spool: Spool, caplog: pytest.LogCaptureFixture) -> None:
    entries = [live(f"{NAME}@{n}", n) for n in range(5)]
    for entry in entries:
        spool.put(entry)
    sink = Sink(TrackingAway("it is away; start it"), at=3)
    assert ship(spool, sink) == Shipped(3, 0, 2, "it is away; start it")
    assert "2 entries wait to be tracked: it is away; start it" in caplog.text
    sink.error = None
    assert ship(spool, sink) == Shipped(2, 0, 0, "")
    assert sink.taken == entries


@pytest.mark.parametrize("error", [Untrackable("no such name"), ZeroDivisionError("oops")])
def test_what_will_never_be_taken_is_set_aside_and_holds_up_nobody(
    spool: Spool, home: Path, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    names = [spool.put(live(f"{NAME}@{n}", n)) for n in range(3)]
    with caplog.at_level(logging.ERROR):
        assert ship(spool, Sink(error, at=1)) == Shipped(2, 1, 0, "")
    assert str(error) in caplog.text
    assert [path.name for path in (home / "broken").iterdir()] == [names[1]]
    (home / "broken" / names[1]).rename(home / names[1])  # a person has mended it
    assert ship(spool, Sink()).shipped == 1


@pytest.mark.parametrize("harm", ["empty", "no file", "other json", "no model", "a file"])
def test_an_entry_that_cannot_be_read_is_set_aside(spool: Spool, home: Path, harm: str) -> None:
    name = spool.put(registered(f"{NAME}@1"))
    folder = home / name
    match harm:
        case "empty":
            (folder / "entry.json").write_bytes(b"")
        case "no file":
            (folder / "entry.json").unlink()
        case "other json":
            (folder / "entry.json").write_bytes(b'{"type": "something"}')
        case "no model":
            (folder / "model.weir").unlink()
        case "a file":
            shutil.rmtree(folder)
            folder.write_bytes(b"")
    sink = Sink()
    assert ship(spool, sink) == Shipped(0, 1, 0, "")
    assert sink.taken == []
    assert (home / "broken" / name).exists()


def test_two_that_ship_at_once_send_nothing_twice(spool: Spool, home: Path) -> None:
    class Meanwhile(Sink):
        def live(self, entry: Live) -> None:
            other = ship(Spool(home, Clock(1.0)), self)
            assert other == Shipped(0, 0, 2 - len(self.taken), "another process ships them")
            super().live(entry)

    for n in range(2):
        spool.put(live(f"{NAME}@{n}", n))
    sink = Meanwhile()
    assert ship(spool, sink).shipped == 2
    assert len(sink.taken) == 2


def test_live_figures_alone_are_dropped_when_too_many_wait(
    spool: Spool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("stream.tracking.ship.MOST_LIVE", 2)
    for n in range(2):
        spool.put(Retraining(report(f"r{n}", trials=0)))
    for n in range(5):
        spool.put(live(f"{NAME}@{n}", n))

    class Away(Sink):
        def retraining(self, entry: Retraining) -> None:
            raise TrackingAway("away")

    assert ship(spool, Away()).waiting == 4
    assert "3 old live entries were dropped" in caplog.text
    sink = Sink()
    assert ship(spool, sink).shipped == 4
    assert [e.position for e in sink.taken if isinstance(e, Live)] == [3, 4]


def test_a_number_that_is_none_is_refused_at_once() -> None:
    found = report("r", trials=1)
    bad = msgspec.structs.replace(found.trials[0], gain=float("nan"))
    with pytest.raises(BadEntry, match="gain"):
        to_files(Retraining(msgspec.structs.replace(found, trials=[bad])))


def test_a_spool_that_nobody_has_used_is_empty(spool: Spool, home: Path) -> None:
    assert ship(spool, NoTracking()) == Shipped(0, 0, 0, "")
    assert not home.exists()


@given(st.dictionaries(st.sampled_from(["entry.json", "model.weir", "x"]), st.binary(max_size=60)))
def test_noise_is_no_entry(files: dict[str, bytes]) -> None:
    with pytest.raises(BadEntry):
        from_files(files)
