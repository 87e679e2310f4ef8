"""For probes and monitoring: no key needed, and nothing personal."""

from collections.abc import Awaitable, Callable
from time import perf_counter, time
from typing import Any

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from api.deps import ApiDep
from api.openapi import problem
from api.problems import RETRY_SECONDS, Problem
from api.respond import answer
from api.schemas import Health, Readiness
from api.serving import Serving
from stream.record import DatabaseAway
from stream.redis_away import RedisAway

router = APIRouter(tags=["operations"])

_NOT_READY = {
    "detail": "not ready: churn model (none is published yet)",
    "checks": [{"name": "churn model", "ok": False, "detail": "none is published yet"}],
}

Check = dict[str, Any]


@router.get(
    "/healthz",
    summary="Is the process up?",
    response_model=Health,
    response_description="It is.",
)
async def healthz() -> Response:
    """Answer, and ask nothing else of anybody: for liveness probes."""
    return answer({"status": "ok"})


@router.get(
    "/readyz",
    summary="Can requests be answered?",
    response_model=Readiness,
    response_description="Yes.",
    responses={
        503: problem(503, "No: the answer names what fails.", "not-ready", _NOT_READY),
    },
)
async def readyz(api: ApiDep) -> Response:
    """Check Redis, the database, and every domain's states and model: for readiness probes.

    How long ago the stream last committed is told and does not count: an idle stream commits
    nothing, and scores of a stream that stands can still be asked for.
    """
    checks = [await _answers("redis", api.readers.ping)]
    if api.log is not None:
        checks.append(await _answers("record", api.log.ping))
    for serving in api.servings.values():
        checks += [await _states(serving), _model(serving)]
    failed = [f"{check['name']} ({check['detail']})" for check in checks if not check["ok"]]
    if failed:
        raise Problem(
            "not-ready",
            f"not ready: {', '.join(failed)}",
            {"Retry-After": str(RETRY_SECONDS)},
            checks=checks,
        )
    return answer({"ready": True, "checks": checks})


@router.get(
    "/metrics",
    summary="Metrics",
    response_class=PlainTextResponse,
    response_description="All metrics of this process, as Prometheus reads them.",
    responses={
        200: {
            "content": {
                "text/plain": {
                    "example": "# HELP weir_api_requests_total API requests.\n"
                    "# TYPE weir_api_requests_total counter\n"
                }
            }
        }
    },
)
async def metrics(api: ApiDep) -> Response:
    """Give Prometheus the metrics of this process."""
    return Response(generate_latest(api.metrics.registry), media_type=CONTENT_TYPE_LATEST)


async def _answers(name: str, ping: Callable[[], Awaitable[None]]) -> Check:
    started = perf_counter()
    try:
        await ping()
    except (RedisAway, DatabaseAway) as error:
        return _check(name, str(error), ok=False)
    return _check(name, f"answered in {(perf_counter() - started) * 1000:.1f} ms", ok=True)


async def _states(serving: Serving) -> Check:
    name = f"{serving.domain.name} states"
    try:
        position = await serving.reader.position()
    except RedisAway:
        return _check(name, "cannot be read without Redis", ok=False)
    if not position.partitions:
        return _check(name, "no worker has run on this Redis yet", ok=False)
    if not position.committed_at:
        return _check(name, f"{position.partitions} partitions, nothing committed yet", ok=True)
    age = max(0.0, time() - position.committed_at / 1000)
    found = f"{position.partitions} partitions, last commit {age:.1f} s ago"
    return _check(name, found, ok=True)


def _model(serving: Serving) -> Check:
    name = f"{serving.domain.name} model"
    if serving.trouble:
        return _check(name, serving.trouble, ok=False)
    if not serving.published:
        return _check(name, "none is published yet", ok=False)
    return _check(name, serving.models.version, ok=True)


def _check(name: str, detail: str, *, ok: bool) -> Check:
    return {"name": name, "ok": ok, "detail": detail}
