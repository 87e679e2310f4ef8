"""The record of answered scores: every answer that holds scores is written down before it goes."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from fastapi import Request
from fastapi.responses import Response

from api.deps import Api
from api.respond import answer
from api.scoring import Scored
from stream.record import DatabaseAway, Prediction


async def recorded(
    request: Request, scores: Sequence[Scored], content: Mapping[str, object]
) -> Response:
    """Return a 200 with this content, when the scores in it are in the record.

    Raises:
        DatabaseAway: they cannot be written down, so they must not be answered.
    """
    state: dict[str, Any] = request.scope["state"]
    api: Api = request.app.state.api
    now = time.time()
    latency = (time.perf_counter() - state["started"]) * 1000.0
    rows = [
        Prediction(
            at=int(now * 1000),
            request_id=state["request_id"],
            domain=scored.answer["domain"],
            user_id=api.pseudonyms.of(scored.answer["user_id"]),
            input=orjson.dumps(scored.input).decode(),
            score=scored.answer["score"],
            model_version=scored.answer["model_version"],
            latency_ms=latency,
        )
        for scored in scores
    ]
    began = time.perf_counter()
    try:
        await api.recorder.record(rows)
    except DatabaseAway as error:
        api.metrics.count("record_failures_total", len(rows), error.reason)
        raise
    api.metrics.observe("record_seconds", [time.perf_counter() - began])
    for domain, count in Counter(row.domain for row in rows).items():
        api.metrics.count("recorded_total", count, domain)
    return answer(content)
