"""What is committed to Redis at once, as its Lua scripts take it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Commit:
    """All that a chunk changes in its partition.

    Attributes:
        offset: the next offset to read.
        progress: encoded ``Progress``.
        states: bytes by user id.
        pending: bytes by user id; None removes.
        due: time by user id; 0 removes.
        ranks: score by user id.
        gone: user ids to take out of the ranking.
        latest: its newest scores, encoded; empty when it has none.
    """

    offset: int
    progress: bytes
    states: dict[str, bytes] = field(default_factory=dict)
    pending: dict[str, bytes | None] = field(default_factory=dict)
    due: dict[str, int] = field(default_factory=dict)
    ranks: dict[str, float] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    latest: bytes = b""

    def arguments(self, token: str, commits: int, wall_ms: int) -> list[Any]:
        """Return the arguments of ``commit.lua``."""
        put = {u: raw for u, raw in self.pending.items() if raw is not None}
        drop = [u for u, raw in self.pending.items() if raw is None]
        return [
            *(token, commits, self.offset, self.progress, wall_ms, self.latest),
            *_counted(self.states.items()),
            *_counted(put.items()),
            *_counted((u,) for u in drop),
            *_counted((at, u) for u, at in self.due.items()),
            *_counted((score, u) for u, score in self.ranks.items() if u not in self.gone),
            *_counted((u,) for u in self.gone),
        ]


@dataclass(frozen=True)
class Publication:
    """All that the learner changes at once.

    Attributes:
        name: of this commit: sent again under the same one it changes nothing.
        follows: name of the commit before; empty for the first.
        offset: the next offset of the examples log.
        checkpoint: signed.
        version: of the model.
        serving: the model, signed.
        report: figures, JSON.
        drift: drift report, JSON.
        lineup: the line-up, JSON.
        alarms: new ones, JSON each.
        granted: ids of the wishes that were carried out or refused.
        decisions: new ones, JSON each.
    """

    name: str
    follows: str
    offset: int
    checkpoint: bytes
    version: str
    serving: bytes
    report: bytes
    drift: bytes
    lineup: bytes
    alarms: Sequence[bytes] = ()
    granted: Sequence[str] = ()
    decisions: Sequence[bytes] = ()

    def arguments(self, token: str) -> list[Any]:
        """Return the arguments of ``learner_commit.lua``."""
        return [
            *(token, self.offset, self.checkpoint, self.version, self.serving, self.report),
            *(self.drift, self.lineup, self.name, self.follows),
            *_counted((alarm,) for alarm in self.alarms),
            *_counted((wish,) for wish in self.granted),
            *_counted((decision,) for decision in self.decisions),
        ]


def _counted(rows: Iterable[tuple[Any, ...]]) -> list[Any]:
    flat: list[Any] = [0]
    for row in rows:
        flat[0] += 1
        flat.extend(row)
    return flat
