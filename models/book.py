"""The working set of one partition: its clock, its counts, and the users at hand."""

from heapq import heappush
from typing import Generic, TypeVar

import msgspec

from models.effects import Example, Scored, Snapshot
from models.state import User

S = TypeVar("S", bound=msgspec.Struct)


class Counts(msgspec.Struct, array_like=True):
    """What became of every record of a partition; the first seven add up to ``records``.

    Attributes:
        records: records read from the partition.
        scored: events that updated their user and were scored.
        late: events behind their user's last one: counted, used where order does not matter.
        duplicates: events seen before; they change nothing.
        outcomes: first signs, outcomes, and what came while frozen or ended; never scored.
        anonymous: valid events that belong to no user.
        rejected: records in the dead-letter topic.
        users: users ever seen.
        ended: users whose outcome was reached.
        returned: users who came back after their outcome.
        snapshots: snapshots taken.
        positives: labels resolved by an outcome.
        negatives: labels resolved by the horizon passing.
        voided: snapshots dropped because the outcome turned out to lie before them.
    """

    records: int = 0
    scored: int = 0
    late: int = 0
    duplicates: int = 0
    outcomes: int = 0
    anonymous: int = 0
    rejected: int = 0
    users: int = 0
    ended: int = 0
    returned: int = 0
    snapshots: int = 0
    positives: int = 0
    negatives: int = 0
    voided: int = 0

    @property
    def labels(self) -> int:
        """Labels resolved, either way."""
        return self.positives + self.negatives

    @property
    def pending(self) -> int:
        """Snapshots that still wait for their label."""
        return self.snapshots - self.positives - self.negatives - self.voided

    @property
    def unaccounted(self) -> int:
        """Records that are in no count: always 0, or something was lost."""
        return self.records - (
            self.scored
            + self.late
            + self.duplicates
            + self.outcomes
            + self.anonymous
            + self.rejected
        )

    def plus(self, other: "Counts") -> "Counts":
        """Return the sums of both."""
        fields = self.__struct_fields__
        return Counts(*(getattr(self, name) + getattr(other, name) for name in fields))


class Progress(msgspec.Struct, array_like=True):
    """How far a partition is: committed as one with the states.

    Attributes:
        watermark: event time up to which everything due has fired, ms.
        seq: the number of examples emitted so far.
        suspects: how many events in a row were too far ahead of the watermark to be believed.
        counts: what became of the records.
    """

    watermark: int
    seq: int
    suspects: int
    counts: Counts

    @classmethod
    def start(cls) -> "Progress":
        """Return the progress of a partition of which nothing has been read."""
        return cls(0, 0, 0, Counts())


class Book(Generic[S]):
    """Users, due items and effects of one partition, between two commits.

    Attributes:
        partition: the partition's number.
        progress: clock and counts.
        users: every user that the coming steps may touch must be here, or be new.
        due: heap of (time, user id); stale entries are skipped.
        changed: users to write at the next commit.
        scored: scores to emit.
        examples: labelled snapshots to emit.
        taken: snapshots to emit as they were taken.
        gone: users to remove from the ranking.
    """

    __slots__ = (
        "changed",
        "due",
        "examples",
        "gone",
        "partition",
        "progress",
        "scored",
        "taken",
        "users",
    )

    def __init__(self, partition: int, progress: Progress) -> None:
        self.partition = partition
        self.progress = progress
        self.users: dict[str, User[S]] = {}
        self.due: list[tuple[int, str]] = []
        self.changed: dict[str, User[S]] = {}
        self.scored: list[Scored] = []
        self.examples: list[Example] = []
        self.taken: list[Snapshot] = []
        self.gone: set[str] = set()

    def touch(self, user_id: str, user: User[S]) -> None:
        """Mark a user's state as changed since the last commit."""
        if not user.dirty:
            user.dirty = True
            self.changed[user_id] = user

    def schedule(self, user_id: str, user: User[S], due: int) -> None:
        """Set when the user is needed next; 0 for never."""
        if due != user.state.due:
            user.state.due = due
            if due:
                heappush(self.due, (due, user_id))

    def settle(self) -> None:
        """Forget the effects and the marks of change: they have been committed."""
        for user in self.changed.values():
            user.dirty = False
            user.pending_dirty = False
            user.stored_due = user.state.due
        self.changed = {}
        self.scored = []
        self.examples = []
        self.taken = []
        self.gone = set()
