"""What a replay did, counted while it runs and told at its end."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import IO

import orjson

from replay.entries import Entry
from replay.order import duration

_SHOWN = 5


@dataclass
class Report:
    """The counts of one replay.

    Attributes:
        topic: where to.
        names: of the logs, by ``Entry.file``.
        sent: records, all confirmed by the broker unless it failed.
        anonymous: of these, events that belong to no user.
        sent_bad: of these, bad lines (``--send-bad``).
        users: the ids of those whose events were sent.
        bad: bad lines by reason.
        first_bad: the first of them, for people.
        already_sent: entries that an earlier run had sent.
        late: sent behind a newer event (``--allow-late``).
        rounds: times that the log was begun.
        seconds: real time from the first record to the last confirmation.
        behind: the most seconds by which a record went out after it was due.
        interrupted: whether it was stopped before its end.
    """

    topic: str
    names: Sequence[str]
    sent: int = 0
    anonymous: int = 0
    sent_bad: int = 0
    users: set[str] = field(default_factory=set)
    bad: Counter[str] = field(default_factory=Counter)
    first_bad: list[Entry] = field(default_factory=list)
    already_sent: int = 0
    late: int = 0
    rounds: int = 0
    seconds: float = 0.0
    behind: float = 0.0
    interrupted: bool = False

    def add_sent(self, entry: Entry) -> None:
        """Count a record that was handed to the broker."""
        self.sent += 1
        if entry.user is not None:
            self.users.add(entry.user)
        elif entry.bad is not None:
            self.sent_bad += 1
        else:
            self.anonymous += 1

    def add_bad(self, entry: Entry, file: IO[bytes] | None) -> None:
        """Count a bad line, and write it to a file of JSON lines."""
        if entry.bad is None:
            return
        self.bad[entry.bad.reason] += 1
        if len(self.first_bad) < _SHOWN:
            self.first_bad.append(entry)
        if file is not None:
            what = {
                "file": self.names[entry.file],
                "line": entry.line,
                "reason": entry.bad.reason,
                "detail": entry.bad.detail,
                "raw": entry.raw.decode("utf-8", "backslashreplace"),
            }
            file.write(orjson.dumps(what, option=orjson.OPT_APPEND_NEWLINE))
            file.flush()

    @property
    def rate(self) -> float:
        """Records a second."""
        return self.sent / self.seconds if self.seconds > 0 else 0.0

    def as_json(self) -> str:
        """Return the report as one JSON object."""
        return orjson.dumps(
            {
                "topic": self.topic,
                "sent": self.sent,
                "users": len(self.users),
                "anonymous": self.anonymous,
                "bad": dict(self.bad),
                "bad_sent": self.sent_bad,
                "already_sent": self.already_sent,
                "late": self.late,
                "rounds": self.rounds,
                "seconds": round(self.seconds, 3),
                "rate": round(self.rate, 1),
                "behind_seconds": round(self.behind, 3),
                "interrupted": self.interrupted,
            }
        ).decode()

    def as_text(self) -> str:
        """Return the report for people."""
        took = f"{self.seconds:.1f} s, {self.rate:,.0f} a second"
        lines = [
            f"{self.sent:,} records sent to {self.topic} in {took}",
            f"  users          {len(self.users):,}",
            f"  anonymous      {self.anonymous:,}",
        ]
        count = sum(self.bad.values())
        what = "sent as they are" if self.sent_bad else "skipped"
        reasons = ", ".join(f"{reason} {n:,}" for reason, n in self.bad.most_common())
        lines.append(f"  bad lines      {count:,}" + (f", {what}: {reasons}" if count else ""))
        lines += [f"    {self.names[e.file]}, line {e.line}: {e.bad}" for e in self.first_bad]
        if count > len(self.first_bad):
            lines.append(f"    and {count - len(self.first_bad):,} more; --bad FILE keeps them all")
        if self.already_sent:
            lines.append(f"  sent before    {self.already_sent:,}")
        if self.late:
            lines.append(f"  late           {self.late:,}")
        if self.rounds > 1:
            lines.append(f"  rounds         {self.rounds:,}")
        if self.behind >= 1:
            lines.append(f"  behind pace    by up to {duration(int(self.behind * 1000))}")
        return "\n".join(lines)
