"""The application: put together here, connected while it runs, never at import."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from api.access import Access
from api.body_limit import BodyLimit
from api.deps import Api
from api.key_watch import KeyWatch
from api.keys import Keys
from api.live.hub import Hub
from api.live.watch import Watch
from api.middleware import RequestContext
from api.openapi import DESCRIPTION, TAGS, complete
from api.origin import Origin
from api.problems import HANDLERS
from api.rate import Rate
from api.routes import (
    audit,
    docs,
    drift,
    events,
    lineup,
    models,
    operations,
    page,
    predict,
    ranking,
    users,
)
from api.safe_headers import SafeHeaders
from api.serving import Serving
from models import domains
from stream.adapters.decision_log import DecisionLog
from stream.adapters.prediction_log import PredictionLog
from stream.adapters.prepared import Prepared
from stream.metrics import Metrics
from stream.pseudonym import Pseudonyms
from stream.reader import Readers
from stream.record import DatabaseAway, NoRecorder, Recorder
from stream.settings import Settings, load

logger = logging.getLogger(__name__)

#: Seconds that the start waits for the database to be prepared.
_PATIENCE = 10

#: Bytes of a request: a thousand of the longest user ids, with room to spare.
MAX_BODY = 2_000_000


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the application.

    Args:
        settings: read from the environment when not given.

    Raises:
        BadSettings: a setting in the environment is wrong.
    """
    chosen, metrics = settings or load(), Metrics()
    keys = Keys(chosen.api_keys)
    # now: importing what models are made of can take seconds
    served = [domains.load(name) for name in chosen.domains]

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        readers = Readers(chosen)
        servings = {name: Serving(reader, metrics) for name, reader in readers.by_domain.items()}
        home = _home(chosen)
        log = PredictionLog(home) if home else None
        recorder = Recorder(log, chosen.record_seconds) if log else NoRecorder()
        decisions = DecisionLog(home) if home else None
        hub = Hub(metrics, chosen.max_listeners)
        pseudonyms = Pseudonyms(chosen.pseudonym_key)
        app.state.api = Api(metrics, readers, servings, hub, recorder, log, decisions, pseudonyms)
        if home:
            await _prepare(home)
        watches = [Watch(serving, hub, metrics) for serving in servings.values()]
        for watch in watches:
            await watch.look()
            watch.tell_status()
        key_watch = KeyWatch(keys, chosen.api_keys_file, hub.let_go, demo=chosen.demo)
        tasks = [asyncio.create_task(watch.run()) for watch in watches]
        tasks.append(asyncio.create_task(key_watch.run()))
        try:
            yield
        finally:
            hub.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await readers.close()
            await recorder.close()
            if home:
                await home.close()

    # the files of its pages under /docs come along
    app = FastAPIOffline(
        title="Weir",
        summary="What is this user's risk now?",
        description=DESCRIPTION,
        version=version("weir"),
        openapi_tags=TAGS,
        lifespan=lifespan,
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
        exception_handlers=HANDLERS,
        # Weir has metrics of its own
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    # the last one added is the first to see a request
    app.add_middleware(BodyLimit, most=MAX_BODY)
    rate = Rate(chosen.rate_limit, chosen.rate_burst)
    app.add_middleware(Access, keys=keys, rate=rate, metrics=metrics)
    app.add_middleware(Origin, keys=keys, metrics=metrics)
    app.add_middleware(RequestContext, metrics=metrics)
    app.add_middleware(SafeHeaders)
    app.include_router(predict.router(served))  # first: what is looked for most is found first
    for routes in (users, ranking, audit, models, lineup, drift, events, operations, docs, page):
        app.include_router(routes.router)
    complete(app)
    return app


def _home(settings: Settings) -> Prepared | None:
    if settings.database_url == "none":
        return None
    return Prepared(settings.database_url, settings.record_seconds)


async def _prepare(home: Prepared) -> None:
    try:
        async with asyncio.timeout(_PATIENCE):
            await home.prepare()
    except (DatabaseAway, TimeoutError) as error:
        # it may come later; until then nothing can be recorded, so no score is answered
        logger.warning("%s; scores are answered when they can be recorded", error or "no answer")
