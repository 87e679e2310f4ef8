"""What a kind of fault is."""

import contextlib
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.faults.system import Ground, System

Strike = Callable[[System, random.Random], None]
Setting = Callable[[Ground, Path, int], contextlib.AbstractContextManager[System]]


@contextlib.contextmanager
def usual(ground: Ground, directory: Path, seed: int) -> Iterator[System]:
    """Give the system as it is."""
    yield System(ground, directory, seed)


@dataclass(frozen=True)
class Kind:
    """A kind of fault.

    Attributes:
        name: of it, for the command line.
        what: is done.
        promise: what is to become of it, besides that nothing is lost and nothing counts twice.
        strike: does it, and mends it; what is mended by itself (a supervisor) is left.
        setting: makes the system, where something about it must be special.
        needs: what of Debian, or of the user, must be there, in words; None when it is.
        brief: whether it is one of the few in `make test`.
    """

    name: str
    what: str
    promise: str
    strike: Strike
    setting: Setting = usual
    needs: Callable[[], str | None] = lambda: None
    brief: bool = False
