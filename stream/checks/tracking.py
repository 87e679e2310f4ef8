"""Checks of what is tracked: MLflow, and the spool in which it waits."""

import time
from pathlib import Path

from stream.adapters.ping_mlflow import MlflowFacts
from stream.checks.check import Check
from stream.places import takes_files
from stream.tracking.spool import Spool

#: Entries that wait while all is well: the trainer ships every few seconds, live figures come once
#: a minute.
_FEW = 100


def mlflow(place: str, facts: MlflowFacts | str) -> Check:
    """Whether MLflow answers and lets us in; nothing that scores depends on it.

    Args:
        place: where it is, without a password; "none" when nothing is tracked.
        facts: a str is why it did not answer.
    """
    if place == "none":
        return Check("MLflow", "ok", "none: nothing is tracked")
    meanwhile = (
        "or set WEIR_MLFLOW_URL (none tracks nothing); until then what is to be tracked waits in "
        "the spool, and scores go on"
    )
    if isinstance(facts, str):
        return Check(
            "MLflow",
            "warn",
            f"{place} is not usable ({facts})",
            f"see to it that it runs there and lets us in, {meanwhile}",
        )
    if not facts.takes_writes:
        return Check(
            "MLflow",
            "warn",
            f"{place} takes no writes from this user",
            f"let it (PostgreSQL: name the primary, not a standby), {meanwhile}",
        )
    if place.startswith("http"):
        return Check("MLflow", "ok", f"{place}, version {facts.version}")
    return Check("MLflow", "ok", f"{place}, schema {facts.version or 'none yet'}")


def spool(directory: Path, *, tracks: bool) -> Check:
    """Whether what is to be tracked can be put down, and is taken away again.

    Args:
        directory: of the spool; made when it is first used.
        tracks: whether anything is tracked at all.
    """
    if not tracks:
        return Check("spool", "ok", "not used: nothing is tracked")
    place = directory.absolute()
    try:
        there = Spool(directory, time.time)
        waiting, broken, takes = len(there.waiting()), len(there.broken()), takes_files(directory)
    except OSError as error:
        return _closed(f"{place} cannot be read ({error.strerror})")
    if not takes:
        return _closed(f"{place} cannot be written")
    what = f"{place}, {_waiting(waiting)}"
    if waiting > _FEW:
        return Check(
            "spool",
            "warn",
            f"{what}: MLflow does not take them",
            "see to MLflow, and that `stream trainer` runs, which ships them; its log says why",
        )
    if broken:
        return Check(
            "spool",
            "warn",
            f"{what}, {broken:,} in broken/ will never be tracked",
            "the log of `stream trainer` says why; delete those that nobody needs",
        )
    return Check("spool", "ok", what)


def _waiting(entries: int) -> str:
    if not entries:
        return "nothing waits"
    return "1 entry waits" if entries == 1 else f"{entries:,} entries wait"


def _closed(what: str) -> Check:
    return Check(
        "spool",
        "fail",
        what,
        "let this user write there, or set WEIR_SPOOL_DIR; until then the trainer cannot work",
    )
