"""What happens, as it happens."""

import time
from typing import Annotated

from fastapi import APIRouter, Query

from api.deps import ApiDep, unknown_domain
from api.keys import NeedsRead
from api.live.description import DESCRIPTION, RESPONSE
from api.live.event import event
from api.live.response import LiveStream
from api.openapi import errors
from api.problems import Problem
from api.scoring import iso

router = APIRouter(tags=["live"], dependencies=[NeedsRead])

#: Seconds after which somebody else may have stopped listening.
_RETRY_SECONDS = 30


@router.get(
    "/v1/events",
    summary="Events, as they happen",
    description=DESCRIPTION,
    response_class=LiveStream,
    status_code=200,  # FastAPI looks for it in a response's own arguments
    response_description="Server-sent events, without end.",
    responses={200: RESPONSE, **errors(401, 403, 404, 422, 429, 503)},
)
async def get_events(
    api: ApiDep,
    domain: Annotated[
        list[str] | None,
        Query(description="Only this domain's; may come several times. All without it."),
    ] = None,
) -> LiveStream:
    """Answer with a stream that ends when its client goes, or the API stops."""
    wanted = list(dict.fromkeys(domain or api.servings))
    for name in wanted:
        if name not in api.servings:
            raise unknown_domain(api.servings)
    if api.hub.is_full:
        api.metrics.count("api_refused_total", 1, "listeners")
        raise Problem(
            "too-many-listeners",
            "so many listen already that nobody else can (WEIR_MAX_LISTENERS); try again in "
            f"{_RETRY_SECONDS} s",
            {"Retry-After": str(_RETRY_SECONDS)},
        )
    domains = [api.servings[name].domain for name in wanted]
    hello = {
        "domains": [
            {
                "name": one.name,
                "title": one.title,
                "objective": one.objective.kind,
                "headline": one.objective.headline,
                "ages": one.ages,
                "bands": one.objective.bands,
            }
            for one in domains
        ],
        "server_time": iso(int(time.time() * 1000)),
    }
    return LiveStream(api.hub, event("hello", "", hello), wanted)
