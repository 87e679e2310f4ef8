"""What of a glimpse is new."""

from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeVar

from stream.latest import LatestScore, decode_latest

#: The most scores that are told at once.
MOST_SCORES = 10


class ScoreNews:
    """Finds the scores that were not there at the last look."""

    def __init__(self) -> None:
        self._seen: Sequence[bytes | None] = ()

    def of(self, latest: Sequence[bytes | None]) -> list[LatestScore]:
        """Return the newest of them, at most ``MOST_SCORES``, the newest first.

        Args:
            latest: of each partition, the newest scores of its last commit with any.
        """
        before = [*self._seen, *[None] * len(latest)]
        fresh = [
            score
            for raw, old in zip(latest, before, strict=False)
            if raw is not None and raw != old
            for score in decode_latest(raw)
        ]
        self._seen = latest
        return sorted(fresh, key=lambda score: score.at, reverse=True)[:MOST_SCORES]


class Told(Protocol):
    """What is told once."""

    @property
    def id(self) -> str:
        """Names it."""


T = TypeVar("T", bound=Told)


class News(Generic[T]):
    """Finds what was not there at the last look: alarms, decisions.

    Args:
        decode: makes one of its bytes.
    """

    def __init__(self, decode: Callable[[bytes], T]) -> None:
        self._decode = decode
        self._seen: Sequence[bytes] | None = None
        self._ids: set[str] = set()

    def of(self, raws: Sequence[bytes]) -> tuple[list[T], list[T]] | None:
        """Return all (newest first) and the new ones (oldest first); None for no change.

        At the first look none is new.

        Args:
            raws: the list as it is in Redis, newest first.
        """
        if raws == self._seen:
            return None
        found = [self._decode(raw) for raw in raws]
        fresh = [one for one in reversed(found) if one.id not in self._ids]
        if self._seen is None:
            fresh = []
        self._seen, self._ids = raws, {one.id for one in found}
        return found, fresh
