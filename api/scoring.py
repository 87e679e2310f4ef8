"""Current scores: computed when asked, from the user's state at the stream's clock."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from api.serving import Serving
from models.domain import Domain
from models.predictors import Predictors
from stream.reader import KnownUser

#: Reasons given with a score.
REASONS = 5

#: So many users are scored before other requests get their turn.
_SLICE = 20

Answer = dict[str, Any]


async def current_scores(serving: Serving, user_ids: Sequence[str]) -> list[Answer]:
    """Return the current score of every user that is known, in the order asked for.

    1. Read the states: one round trip to Redis, two when some user is not where it should be.
    2. Score each at the stream's clock, all with the same models.
    3. Ask, in one more round trip, how many of the ranked users are below each score.

    Args:
        serving: the domain.
        user_ids: without repetition.

    Raises:
        RedisAway: Redis does not answer.
        BadState: a state was written by another version of Weir.
    """
    position, models, reader = serving.position, serving.models, serving.reader
    known = await reader.users(user_ids, position.partitions)
    answers, scored = [], []
    for user_id in user_ids:
        user = known.get(user_id)
        if user is None:
            continue
        answer = _score(serving.domain, models, user_id, user, position.clock)
        answers.append(answer)
        if answer["score"] is not None:
            scored.append((answer, user.ranked))
        if not len(answers) % _SLICE:
            await asyncio.sleep(0)
    if scored:
        scores = [answer["score"] for answer, _ in scored]
        total, below = await reader.below(scores, position.partitions)
        for (answer, ranked), count in zip(scored, below, strict=True):
            answer["rank_percentile"] = percentile(total, count, answer["score"], ranked)
    return answers


def _score(
    domain: Domain[Any, Any], models: Predictors, user_id: str, user: KnownUser, clock: int
) -> Answer:
    state = user.state
    at = max(clock, state.last_ts)
    answer: Answer = {
        "domain": domain.name,
        "user_id": user_id,
        "status": "dormant" if at - state.last_ts > domain.dormant_after else "active",
        "score": None,
        "rank_percentile": None,
        "model_version": models.version,
        "as_of": iso(at),
        "last_event_at": iso(state.last_ts),
        "ended_at": None,
        "reasons": [],
    }
    if state.ended_ts:
        return answer | {"status": "ended", "ended_at": iso(state.ended_ts)}
    features = domain.features(state.data, at)
    answer["score"] = models.score(features)
    answer["reasons"] = [
        {
            "feature": reason.feature,
            "value": reason.value,
            "effect": reason.effect,
            "words": reason.words,
        }
        for reason in models.explain(domain, features, REASONS)
    ]
    return answer


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
