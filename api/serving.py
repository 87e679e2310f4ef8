"""One domain as the API serves it: what every request needs, refreshed in the background."""

import logging
from typing import Any

import orjson

from models.domain import Domain
from models.errors import BadCheckpoint
from models.predictors import Predictors
from stream.metrics import Metrics
from stream.reader import Position, Reader
from stream.redis_away import RedisAway

logger = logging.getLogger(__name__)


class Serving:
    """Clock and models of one domain, at most about a second old.

    Args:
        reader: of the domain.
        metrics: where the serving version is told.

    Attributes:
        away: why Redis could not be read when that was last tried; empty when it could.
        trouble: why the newest models cannot be used; empty when they can.
        report: the learner's figures by model, the champion first; empty before its first version.
        lineup: who serves and who shadows; None before the learner's first version.
        retraining: what is asked for and what runs, as Redis has it.
    """

    def __init__(self, reader: Reader, metrics: Metrics) -> None:
        self.reader = reader
        self.away = ""
        self.trouble = ""
        self.report: list[dict[str, Any]] = []
        self.lineup: dict[str, Any] | None = None
        self.retraining: tuple[bytes | None, bytes | None] = (None, None)
        self._metrics = metrics
        self._position: Position | None = None
        self._version = ""
        self._raw_report = reader.report

    @property
    def domain(self) -> Domain[Any, Any]:
        """Which domain."""
        return self.reader.domain

    @property
    def models(self) -> Predictors:
        """The newest models; unlearnt ones before the first."""
        return self.reader.models

    @property
    def published(self) -> bool:
        """Whether a model has been published, and read."""
        return bool(self.reader.report)

    @property
    def position(self) -> Position:
        """How far the stream is.

        Raises:
            RedisAway: that could never be read yet.
        """
        if self._position is None:
            raise RedisAway("Redis has not answered since this API started")
        return self._position

    @property
    def last_position(self) -> Position:
        """How far the stream was when it could last be read; at its beginning before that."""
        return self._position or Position()

    async def try_refresh(self) -> None:
        """Refresh; when that fails, log it once and keep what there is."""
        try:
            await self.refresh()
        except RedisAway as error:
            self.lost(error)
        except Exception:
            # whatever it is, the next look may succeed, and until then the last one serves
            logger.exception("cannot refresh %s", self.domain.name)
        else:
            if self.away:
                logger.info("Redis answers again, %s is served", self.domain.name)
            self.away = ""

    def lost(self, error: RedisAway) -> None:
        """Note that Redis could not be read; log it once."""
        if not self.away:
            logger.warning("%s; %s is served again when it does", error, self.domain.name)
        self.away = str(error)

    async def refresh(self) -> None:
        """Read the stream's position, and the newest models if there are newer ones.

        Raises:
            RedisAway: Redis does not answer.
        """
        self._position = await self.reader.position()
        try:
            await self.reader.refresh_models()
        except BadCheckpoint as error:
            if str(error) != self.trouble:
                logger.error("the newest %s model is not used: %s", self.domain.name, error)  # noqa: TRY400 - the reason says it all
            self.trouble = str(error)
        else:
            self.trouble = ""
        if self.reader.report is not self._raw_report:
            self._raw_report = self.reader.report
            self.report = orjson.loads(self._raw_report)
            self.lineup = orjson.loads(self.reader.lineup)
        if self.models.version != self._version:
            self._show(self.models.version)

    def _show(self, version: str) -> None:
        name = self.domain.name
        if self._version:
            self._metrics.forget("model_info", name, self._version)
        self._version = version
        self._metrics.set("model_info", 1, name, version)
        self._metrics.set("serving_examples", examples_of(version), name)


def examples_of(version: str) -> int:
    """Return how many examples a model of this version has learnt.

    >>> examples_of("kalman_logistic@1234")
    1234
    """
    return int(version.rpartition("@")[2])
