"""Sends logs to Kafka: what a replay is, from its first line to its report."""

import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from kafka.partitioner import murmur2

from models import domains
from models.errors import WeirError
from replay import loop, resume, topics
from replay.entries import Entry, entries
from replay.order import SORT_BUFFER, in_order, merged, refusal
from replay.outbox import Outbox
from replay.pace import Pace
from replay.progress import Meter
from replay.report import Report
from replay.resume import Mark, Place
from stream.kafka_address import KafkaAddress
from stream.layout_file import read_layout
from stream.logfile import LogFile
from stream.logsource import LogError
from stream.missing_fields import missing_fields
from stream.topics import events

_NOWHERE = Place(0, -1)
#: Seconds that an interrupted replay waits for its last confirmations.
_GRACE = 15.0
#: Seconds that a record may wait for others to share its batch: at a pace little is gained by
#: waiting; as fast as it goes, small batches would cost more time than the records in them.
_LINGER, _LINGER_FASTEST = 0.005, 0.1


class StrictError(WeirError):
    """A bad line, where none is allowed; the message names it."""


@dataclass(frozen=True)
class Plan:
    """What to send, and how.

    Attributes:
        files: the logs; "-" is standard input.
        domain: whose events they are.
        speed: event time passes this many times as fast as real time; None for another pace.
        rate: events a second; None for another pace. With neither, as fast as it goes.
        loop: repeat for ever.
        resume: leave out what an earlier run has sent.
        strict: stop at a bad line.
        allow_late: send what is further out of order than the buffer can sort.
        send_bad: send bad lines too.
        sort_buffer: events held back for sorting.
        check: read the logs through before anything is sent.
        bad_file: keeps the bad lines; None for none.
        layout: file that says how columns are read as fields; None for logs that have the fields.
    """

    files: Sequence[str]
    domain: str
    speed: float | None = None
    rate: float | None = None
    loop: bool = False
    resume: bool = False
    strict: bool = False
    allow_late: bool = False
    send_bad: bool = False
    sort_buffer: int = SORT_BUFFER
    check: bool = True
    bad_file: str | None = None
    layout: str | None = None


class Replay:
    """One run of ``replay send``.

    Args:
        plan: what to send.
        kafka: where Kafka is.
        partitions: of the events topic, where it must be created.
        stop: set it, from a signal handler for example, to end the run in good order.

    Attributes:
        report: what was done so far.

    Raises:
        LayoutError: the layout cannot be used.
        LogError: a log is not there.
        UnknownDomain: no such domain.
    """

    def __init__(
        self, plan: Plan, kafka: KafkaAddress, partitions: int, stop: threading.Event
    ) -> None:
        self._plan = plan
        self._kafka = kafka
        self._partitions = partitions
        self._stop = stop
        self._domain = domains.load(plan.domain)
        self._layout = read_layout(plan.layout, self._domain) if plan.layout else None
        self._logs = [LogFile(path, self._layout) for path in plan.files]
        self._rereadable = all(log.rereadable for log in self._logs)
        self._total: int | None = None
        self._addresses: dict[str, tuple[bytes, int]] = {}
        self.report = Report(events(plan.domain), [log.name for log in self._logs])

    def run(self) -> None:
        """Send the logs.

        1. See that the broker is there, and the topics.
        2. Read the logs through, so that a log that must be refused is refused before anything of
           it is sent.
        3. Find out what an earlier run has sent.
        4. Send the rest in the order of event time, and wait until it is confirmed.

        Raises:
            BrokerError: the broker cannot be reached, or refuses.
            LogError, OrderError, StrictError: a log cannot be used, or the file for bad lines.
            LoopError, ResumeError: this cannot be repeated, or resumed.
            SendError: the broker stopped taking records.
        """
        plan = self._plan
        self._partitions = topics.ensure(self._kafka, plan.domain, self._partitions)
        if plan.check and self._rereadable:
            self._check()
        if self._stop.is_set():
            self.report.interrupted = True
            return
        mark = self._mark()
        done = resume.last_sent(self._kafka, self.report.topic, mark) if plan.resume else {}
        start = time.monotonic()
        with ExitStack() as stack:
            paced = plan.speed is not None or plan.rate is not None
            linger = _LINGER if paced else _LINGER_FASTEST
            outbox = Outbox(self._kafka, self.report.topic, self._stop, linger)
            stack.callback(outbox.close)
            bad = self._bad_file()
            if bad is not None:
                stack.callback(bad.close)
            try:
                self._rounds(outbox, mark, done, bad)
                outbox.flush(_GRACE if self._stop.is_set() else None)
            finally:
                self.report.seconds = time.monotonic() - start

    def hint(self) -> str:
        """Say what is missing when nothing could be used; nothing when something was."""
        report = self.report
        if report.users or report.already_sent or not report.bad:
            return ""
        return missing_fields(self._plan.files[0], self._domain, self._layout)

    def _bad_file(self) -> IO[bytes] | None:
        name = self._plan.bad_file
        if name is None:
            return None
        try:
            return Path(name).open("ab" if self._plan.resume else "wb")
        except OSError as error:
            raise LogError(name, 0, f"cannot be written: {error.strerror}") from None

    def _in_order(self) -> Iterator[Entry]:
        """Yield the entries of one round; the same in every run."""
        on_late = refusal(self.report.names, self._plan.sort_buffer)
        if self._plan.allow_late:
            on_late = self._count_late
        streams = [
            in_order(entries(log, self._domain, file), self._plan.sort_buffer, on_late)
            for file, log in enumerate(self._logs)
        ]
        for entry in merged(streams):
            if entry.bad is not None and self._plan.strict:
                raise StrictError(
                    f"{self.report.names[entry.file]}, line {entry.line}: {entry.bad} "
                    "(without --strict it would be skipped and reported)"
                )
            yield entry

    def _count_late(self, _entry: Entry, _newest: Entry) -> None:
        self.report.late += 1

    def _check(self) -> None:
        count = 0
        with Meter("checking", self._bytes_total()) as meter:
            for count, _ in enumerate(self._in_order(), 1):
                if count % Meter.EVERY == 0:
                    meter.show(count, self._bytes_read())
                    if self._stop.is_set():
                        return
        self._total = count
        self.report.late = 0

    def _mark(self) -> Mark:
        plan, layout = self._plan, self._layout.digest if self._layout else ""
        if self._rereadable:
            return resume.mark_of(plan.files, plan.sort_buffer, self._partitions, layout)
        way = resume.way_of(plan.sort_buffer, self._partitions, layout)
        return Mark(secrets.token_hex(8), way)

    def _rounds(
        self, outbox: Outbox, mark: Mark, done: dict[int, Place], bad: IO[bytes] | None
    ) -> None:
        plan = self._plan
        pace = Pace(plan.speed, plan.rate, time.monotonic, self._stop.wait)
        first = _Round(0, 0)
        total = None if plan.loop else self._total or self._bytes_total()
        with Meter("sending", total) as meter:
            self._one_round(first, outbox, mark, done, bad, pace, meter)
            if plan.loop and not self._stop.is_set():
                step = loop.step(first.first_ts, first.last_ts)
                # whole rounds that an earlier run has sent need not even be read
                sent = min(done.get(partition, _NOWHERE).round for partition in first.partitions)
                number = max(1, sent)
                while not self._stop.is_set():
                    loop.check_end(first.last_ts + number * step)
                    again = _Round(number, number * step)
                    self._one_round(again, outbox, mark, done, None, pace, meter)
                    number += 1
        self.report.behind = pace.behind
        self.report.interrupted = self._stop.is_set()

    def _one_round(
        self,
        this: "_Round",
        outbox: Outbox,
        mark: Mark,
        done: dict[int, Place],
        bad: IO[bytes] | None,
        pace: Pace,
        meter: Meter,
    ) -> None:
        report = self.report
        report.rounds += 1
        stopped = self._stop.is_set
        for number, entry in enumerate(self._in_order()):
            if number % Meter.EVERY == 0:
                handled = report.sent + report.already_sent
                meter.show(handled, number if self._total else self._bytes_read())
                if stopped():
                    return
            key, partition = self._address(entry)
            if self._plan.loop:
                this.note(entry, partition)
            place = Place(this.number, number)
            if done and place <= done.get(partition, _NOWHERE):
                report.already_sent += 1
                continue
            if entry.bad is not None:
                report.add_bad(entry, bad)
                if not self._plan.send_bad:
                    continue
            raw = entry.raw
            if this.shift and entry.bad is None:
                raw = loop.shifted(raw, this.shift)
            pace.until(entry.ts + this.shift if entry.ts else 0)
            if stopped():
                return
            outbox.put(partition, key, raw, mark.header(place))
            report.add_sent(entry)

    def _address(self, entry: Entry) -> tuple[bytes | None, int]:
        """Return the key and the partition: Kafka's own for a user, else one fixed by the line."""
        if entry.user is None:
            return None, entry.line % self._partitions
        address = self._addresses.get(entry.user)
        if address is None:
            key = entry.user.encode()
            address = key, (murmur2(key) & 0x7FFFFFFF) % self._partitions
            self._addresses[entry.user] = address
        return address

    def _bytes_read(self) -> int:
        return sum(log.bytes_read for log in self._logs)

    def _bytes_total(self) -> int | None:
        return sum(log.bytes_total or 0 for log in self._logs) if self._rereadable else None


class _Round:
    """One time through the logs.

    Attributes:
        number: from 0.
        shift: ms by which its events are later than they were.
        first_ts: earliest event time in it, unshifted; 0 for none.
        last_ts: latest one.
        partitions: that its events belong to.
    """

    def __init__(self, number: int, shift: int) -> None:
        self.number = number
        self.shift = shift
        self.first_ts = 0
        self.last_ts = 0
        self.partitions: set[int] = set()

    def note(self, entry: Entry, partition: int) -> None:
        """Take in an entry."""
        self.partitions.add(partition)
        if entry.ts:
            self.first_ts = min(self.first_ts or entry.ts, entry.ts)
            self.last_ts = max(self.last_ts, entry.ts)
