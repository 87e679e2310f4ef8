"""A log played through the engine, as tables: what every section of a notebook looks at."""

import time
from contextlib import suppress
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pandas as pd

from models.domain import Domain
from models.effects import Example
from models.errors import BadRecord, WeirError
from models.events import Event
from models.learner import Learner
from models.state import UserState
from stream.backtest import DAY_MS, Backtest, BacktestResult
from stream.layout import Layout
from stream.logfile import LogFile
from stream.reading import read_event
from stream.settings import load
from stream.unfolding import unfolded

#: With fewer users who have the outcome, no figure of a notebook would say anything.
FEWEST = 10


class TooLittle(WeirError):
    """A log has too few outcomes to learn anything from it."""


class Played(NamedTuple):
    """What a log holds, and what was said of its users as it went by.

    Attributes:
        events: every usable event once, in the order of the log: ``user_id``, ``at`` (UTC) and the
            fields of the domain's event.
        snapshots: every labelled snapshot, oldest first: ``user_id``, ``at``, ``label_at`` and
            ``due`` (UTC), ``age``, ``known``, ``label``, ``served`` (what was predicted then),
            ``judged`` (after the warm-up, due within the log), and a column for each model.
        features: what the models saw: a row for each snapshot, a column for each feature.
        examples: the same snapshots as the engine gave them.
        result: what ``stream backtest`` says of this log.
        learner: the models, as they are at the end.
        users: every user's state at the end.
        start: the first event, ms.
        end: the last one, ms.
    """

    events: pd.DataFrame
    snapshots: pd.DataFrame
    features: pd.DataFrame
    examples: list[Example]
    result: BacktestResult
    learner: Learner
    users: dict[str, UserState[Any]]
    start: int
    end: int


def play(
    path: str, domain: Domain[Any, Any], warmup_days: float, layout: Layout | None = None
) -> Played:
    """Run a log through the engine, as ``stream backtest`` does, and keep what came of it.

    Everything is kept in memory: about 1 GB for a million events.

    Args:
        path: of the log, in any format that Weir reads.
        domain: what is predicted.
        warmup_days: snapshots are judged from so many days after the first event.
        layout: which of the log's columns is which field, if they have other names.

    Raises:
        LogError: the log cannot be read.
        TooLittle: fewer than ``FEWEST`` users have the outcome in the snapshots that are judged.
    """
    started = time.perf_counter()
    examples: list[Example] = []
    events: list[Event] = []
    run = Backtest(domain, load().partitions, examples.append)
    for number, record in unfolded(LogFile(path, layout), domain):
        run.feed(number, record)
        with suppress(BadRecord):  # the run has counted it
            event = read_event(domain, record)
            if event is not None:
                events.append(event)
    labelled = [example for example in examples if example.label is not None]
    labelled.sort(key=lambda example: (example.at, example.user_id))
    result = run.result(warmup_days, time.perf_counter() - started)
    snapshots = _snapshots(domain, labelled, run.first_ts + warmup_days * DAY_MS, run.watermark)
    judged = snapshots[snapshots["judged"]]
    reached = judged.loc[judged["label"] > 0, "user_id"].nunique()
    if reached < FEWEST:
        raise TooLittle(
            f"{path}: of {result.users:,} users {reached} have the outcome ({domain.title}) in the "
            f"{len(judged):,} snapshots that can be judged, those after {warmup_days:g} days whose "
            f"label is known; it takes {FEWEST}. Take a longer log; `replay inspect` tells how "
            "many outcomes it has"
        )
    return Played(
        events=_events(events),
        snapshots=snapshots,
        features=pd.DataFrame([e.features for e in labelled], columns=list(domain.feature_names)),
        examples=labelled,
        result=result,
        learner=run.learner,
        users={user_id: user.state for user_id, user in run.users()},
        start=run.first_ts,
        end=run.watermark,
    )


def _events(events: list[Event]) -> pd.DataFrame:
    fields = events[0].__struct_fields__ if events else Event.__struct_fields__
    table = pd.DataFrame(map(msgspec.structs.astuple, events), columns=list(fields))
    table = table.drop_duplicates(["user_id", "ts", "key"], ignore_index=True)
    return table.assign(at=when(table["ts"]))


def _snapshots(
    domain: Domain[Any, Any], examples: list[Example], since: float, end: int
) -> pd.DataFrame:
    predictions = pd.DataFrame([e.predictions for e in examples])
    at, due = (np.array([getattr(e, name) for e in examples]) for name in ("at", "due"))
    own = pd.DataFrame(
        {
            "user_id": [e.user_id for e in examples],
            "at": when(at),
            "label_at": when(np.array([e.label_at for e in examples])),
            "due": when(due),
            "age": [domain.ages[e.age] for e in examples],
            "known": [e.known for e in examples],
            "label": [e.label for e in examples],
            "served": [next(iter(e.predictions.values())) for e in examples],
            "judged": (at >= since) & (due <= end),
        }
    )
    return pd.concat([own, predictions], axis=1)


def when(ms: Any) -> Any:
    """Return times in ms since 1970 as pandas has them, in UTC."""
    return pd.to_datetime(ms, unit="ms", utc=True)
