"""The spool: a directory where what is to be tracked waits for MLflow, in order.

    <spool>/
      1700000000000-000000-retraining-5f1c2ab0/   an entry, whole: its name begins with its time
        entry.json, model.weir
      .new-..., .gone-...                         one that is being written, or removed
      broken/                                     those that will never be shipped, for a person
      .lock                                       held by the process that ships

An entry appears and disappears by a rename, so that a process may be killed at any time. It is
synced to the disk before it appears. The directory must be on a local file system.
"""

import fcntl
import logging
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from stream.tracking.entries import BadEntry, Entry, from_files, kind_of, to_files

logger = logging.getLogger(__name__)

_NAME = re.compile(r"\d{13}-\d{6}-[a-z]+-[0-9a-f]{8}")
_NEW, _GONE, _BROKEN, _LOCK = ".new-", ".gone-", "broken", ".lock"

#: Seconds after which what was not finished will not be: its writer was killed.
_ABANDONED = 3600.0


class Spool:
    """Entries that wait; several processes may use the same directory.

    Args:
        directory: made when the first entry comes.
        now: the wall clock, seconds.
    """

    def __init__(self, directory: Path, now: Callable[[], float]) -> None:
        self._directory = directory
        self._now = now
        self._last = (0, 0)

    def put(self, entry: Entry) -> str:
        """Add an entry and return its name; when this returns it survives a crash.

        Of those put by one process the order is kept, also when the clock is set back.

        Raises:
            BadEntry: a number in it is not finite.
            OSError: the disk is full, or the directory cannot be written.
        """
        files = to_files(entry)
        name = self._name(kind_of(entry))
        new = self._directory / f"{_NEW}{name}"
        new.mkdir(parents=True)
        for file, content in files.items():
            with (new / file).open("wb") as out:
                out.write(content)
                out.flush()
                os.fsync(out.fileno())
        _sync(new)
        new.rename(self._directory / name)
        _sync(self._directory)
        return name

    def waiting(self) -> list[str]:
        """Return the names of the entries, oldest first."""
        if not self._directory.is_dir():
            return []
        return sorted(p.name for p in self._directory.iterdir() if _NAME.fullmatch(p.name))

    def read(self, name: str) -> Entry:
        """Return an entry.

        Raises:
            BadEntry: it cannot be read.
        """
        try:
            files = {path.name: path.read_bytes() for path in (self._directory / name).iterdir()}
        except OSError as error:
            raise BadEntry(f"it cannot be read: {error}") from error
        return from_files(files)

    def remove(self, name: str) -> None:
        """Forget an entry: it was shipped."""
        gone = self._directory / f"{_GONE}{name}"
        (self._directory / name).rename(gone)
        shutil.rmtree(gone)

    def set_aside(self, name: str, why: str) -> None:
        """Move an entry that will never be shipped to where a person finds it, and say so."""
        broken = self._directory / _BROKEN
        broken.mkdir(exist_ok=True)
        (self._directory / name).rename(broken / name)
        logger.error("%s is not tracked, and was moved to %s: %s", name, broken, why)

    def broken(self) -> list[str]:
        """Return the names of the entries that were set aside, oldest first."""
        directory = self._directory / _BROKEN
        return sorted(path.name for path in directory.iterdir()) if directory.is_dir() else []

    def thin_out(self, kind: str, most: int) -> None:
        """Forget the oldest entries of a kind beyond so many; only while ``shipping``."""
        names = [name for name in self.waiting() if name.split("-")[2] == kind]
        too_many = names[: max(0, len(names) - most)]
        for name in too_many:
            self.remove(name)
        if too_many:
            logger.warning("%d old %s entries were dropped: too many wait", len(too_many), kind)

    @contextmanager
    def shipping(self) -> Iterator[bool]:
        """Keep others from shipping for as long as the block runs; False when another ships now.

        The kernel lets go of the lock when a process ends, however it ends.
        """
        if not self._directory.is_dir():
            yield True
            return
        with (self._directory / _LOCK).open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            self._tidy()
            yield True

    def _name(self, kind: str) -> str:
        self._last = max((int(self._now() * 1000), 0), (self._last[0], self._last[1] + 1))
        ms, number = self._last
        return f"{ms:013d}-{number:06d}-{kind}-{secrets.token_hex(4)}"

    def _tidy(self) -> None:
        """Remove what killed processes have left half removed, or half written."""
        for path in self._directory.iterdir():
            is_gone = path.name.startswith(_GONE)
            if is_gone or (path.name.startswith(_NEW) and self._is_abandoned(path)):
                shutil.rmtree(path, ignore_errors=True)

    def _is_abandoned(self, path: Path) -> bool:
        try:
            return self._now() - path.stat().st_mtime > _ABANDONED
        except FileNotFoundError:  # it is whole by now
            return False


def _sync(directory: Path) -> None:
    """Let the names in a directory survive a power cut."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
