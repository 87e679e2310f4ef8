"""Picks up new model versions for scoring, here and in the API."""

import logging
import pickle
from typing import Any

from models.checkpoint import verify
from models.domain import Domain
from models.errors import BadCheckpoint
from models.learner import Learner
from models.predictors import Predictors
from stream.adapters.redis_store import RedisStore
from stream.publication import SERVING

logger = logging.getLogger(__name__)


class ModelFeed:
    """The newest models of one domain; unlearnt ones until the learner has published.

    Attributes:
        current: the models to score with.
        report: the learner's figures on them, JSON; empty before the first version.
        lineup: who serves and who shadows, JSON; likewise.
    """

    def __init__(self, domain: Domain[Any, Any], store: RedisStore, key: bytes) -> None:
        self._domain, self._store, self._key = domain, store, key
        self.current: Predictors = Learner(domain).predictors()
        self.report = self.lineup = b""

    async def refresh(self) -> bool:
        """Load the newest version if there is a newer one; tell whether there was.

        While no label comes the version stays the same, although challengers come and go: then the
        line-up tells.

        Raises:
            BadCheckpoint: it is not signed with our key, or cannot be read by this version.
        """
        version, lineup = await self._store.serves(self._domain.name)
        if version is None or (version == self.current.version and lineup == self.lineup):
            return False
        model = await self._store.model(self._domain.name)
        if model is None:
            return False
        self.report, self.lineup = model.report, model.lineup  # data; nothing in them can run
        payload = verify(model.serving, self._key, kind=SERVING, subject=self._domain.name)
        current: Predictors = pickle.loads(payload)  # noqa: S301 - its signature has been verified
        if current.version != model.version:
            raise BadCheckpoint(
                f"the models of {self._domain.name} are of version {current.version} and not "
                f"{model.version}, as is written beside them; the learner's next version mends it"
            )
        self.current = current
        logger.debug("scoring with version %s", model.version)
        return True
