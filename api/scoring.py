"""Scores, computed when asked: from the state that the stream keeps, or from events at hand."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from api.serving import Serving
from models.domain import Domain
from models.predictors import Predictors
from models.state import Pending, UserState

#: Reasons given with a score.
REASONS = 5

#: So many users are scored before other requests get their turn.
SLICE = 20

Answer = dict[str, Any]


@dataclass(frozen=True)
class Scored:
    """An answered score.

    Attributes:
        answer: what is sent.
        input: what it was made of, for the record.
    """

    answer: Answer
    input: object


async def current_scores(
    serving: Serving, user_ids: Sequence[str], *, history: bool = False
) -> list[Scored]:
    """Return the current score of every user that is known, in the order asked for.

    1. Read the states: one round trip to Redis, two when some user is not where it should be.
    2. Score each at the stream's clock, all with the same models.
    3. Ask, in one more round trip, how many of the ranked users are below each score.

    Args:
        serving: the domain.
        user_ids: without repetition.
        history: add what was predicted at the snapshots that wait for their label.

    Raises:
        RedisAway: Redis does not answer.
        BadState: a state was written by another version of Weir.
    """
    position, models, reader = serving.position, serving.models, serving.reader
    known = await reader.users(user_ids, position.partitions, with_pending=history)
    found, ranked = [], []
    for user_id in user_ids:
        user = known.get(user_id)
        if user is None:
            continue
        scored = score(serving.domain, models, user_id, user.state, position.clock)
        scored.answer["first_seen_at"] = iso(user.state.first_ts)
        scored.answer["rank_percentile"] = None
        if history:
            scored.answer["history"] = past_scores(user.pending)
        found.append(scored)
        if scored.answer["status"] != "ended":
            ranked.append((scored.answer, user.ranked))
        if not len(found) % SLICE:
            await asyncio.sleep(0)
    if ranked:
        scores = [answer["score"] for answer, _ in ranked]
        total, below = await reader.below(scores, position.partitions)
        for (answer, rank), count in zip(ranked, below, strict=True):
            answer["rank_percentile"] = percentile(total, count, answer["score"], rank)
    return found


def score(
    domain: Domain[Any, Any], models: Predictors, user_id: str, state: UserState[Any], clock: int
) -> Scored:
    """Return a user's score at ``clock`` (ms), or at its last event when that is newer."""
    data, at = state.data, max(clock, state.last_ts)
    answer: Answer = {
        "domain": domain.name,
        "user_id": user_id,
        "status": "dormant" if at - state.last_ts > domain.dormant_after else "active",
        "score": None,
        "chance_above_zero": None,
        "model_version": models.version,
        "as_of": iso(at),
        "last_event_at": iso(state.last_ts),
        "ended_at": None,
        "reasons": [],
    }
    made_of: dict[str, object] = {"as_of": at}
    if state.ended_ts:
        return Scored(answer | {"status": "ended", "ended_at": iso(state.ended_ts)}, made_of)
    known, settled = domain.known(data, at), domain.settled(data)
    if 0 < settled <= at:  # all of it is known
        ended = {"status": "ended", "ended_at": iso(settled), "score": known}
        return Scored(answer | ended, made_of | {"known": known})
    features = domain.features(data, at)
    judged = models.judge(domain, features, data, known, REASONS)
    answer["score"], answer["chance_above_zero"] = judged.score, judged.chance
    answer["reasons"] = [
        {
            "feature": reason.feature,
            "value": reason.value,
            "effect": reason.effect,
            "words": reason.words,
        }
        for reason in judged.reasons
    ]
    return Scored(answer, made_of | {"known": known, "features": features})


def past_scores(pending: Iterable[Pending]) -> list[Answer]:
    """Return what the champion of its time predicted at each of these snapshots."""
    return [
        {
            "at": iso(snapshot.at),
            "score": next(iter(snapshot.predictions.values())),  # the champion is the first
            "model_version": snapshot.version,
        }
        for snapshot in pending
    ]


def percentile(total: int, below: int, score: float, ranked: float | None) -> float | None:
    """Return the share (0 to 100) of the *other* ranked users below ``score``; None for no other.

    Args:
        total: how many users are ranked, this one included.
        below: how many of them are below ``score``.
        score: the user's current score.
        ranked: the score with which the user is in the ranking, None when it is not.

    >>> percentile(5, 3, 0.5, 0.4)
    50.0
    """
    if ranked is not None:
        total -= 1
        below -= ranked < score
    if total < 1:
        return None
    # the ranking may have moved between the two looks at it
    return round(100.0 * min(1.0, max(0.0, below / total)), 2)


def iso(ms: int) -> str:
    """Return a time as ISO 8601 in UTC, to the millisecond.

    >>> iso(1542715200123)
    '2018-11-20T12:00:00.123Z'
    """
    moment = datetime.fromtimestamp(ms / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
