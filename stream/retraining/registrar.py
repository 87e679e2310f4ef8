"""The registrar: keeps MLflow's registry and its live figures up with what serves."""

import asyncio
import logging
import pickle
from collections.abc import Callable
from typing import Any

import msgspec
import orjson

from models.checkpoint import verify
from models.contest.report import LineupReport
from models.domain import Domain
from models.errors import UnknownRecipe
from models.origin import Origin, Version
from models.predictors import Predictors
from models.training.report import Figures
from stream.adapters.redis_control import RedisControl
from stream.adapters.redis_store import RedisStore, StoredModel
from stream.elapsed import elapsed
from stream.publication import SERVING
from stream.records import decode_lineup
from stream.tracking.entries import Live, Role, registration
from stream.tracking.port import Tracking, TrackingAway
from stream.tracking.spool import Spool

logger = logging.getLogger(__name__)

#: Seconds between two notes of the live figures, and between two versions of one model.
_LIVE, _AGAIN = 60.0, 86_400.0


class Registered(msgspec.Struct, frozen=True):
    """A version that is, or is to be, in the registry.

    Attributes:
        version: which; empty for none.
        at: wall clock at which it was taken, seconds.
    """

    version: str = ""
    at: float = 0.0

    @property
    def model(self) -> str:
        """The model's name."""
        return self.version.partition("@")[0]


class Roles(msgspec.Struct, frozen=True):
    """What the aliases of the registry are to say; kept in Redis."""

    champion: Registered = Registered()
    challenger: Registered = Registered()


class Registrar:
    """Of one domain.

    Registers a version of champion and challenger when there is another one, and once a day, for
    they go on learning.

    Args:
        domain: whose models.
        store: where they are.
        control: where it is kept what the aliases are to say.
        spool: where entries wait for MLflow.
        key: of signatures.
        now: wall clock, seconds since 1970.
    """

    def __init__(
        self,
        domain: Domain[Any, Any],
        store: RedisStore,
        control: RedisControl,
        spool: Spool,
        key: bytes,
        now: Callable[[], float],
    ) -> None:
        self._domain, self._store, self._control = domain, store, control
        self._spool, self._key, self._now = spool, key, now
        self._live_at = 0.0

    async def look(self) -> None:
        """Put down what has changed, for MLflow to be told.

        Raises:
            Unavailable: Redis is away.
            BadCheckpoint: the models are not signed with our key.
            OSError: the spool cannot be written.
        """
        model = await self._store.model(self._domain.name)
        if model is None or not Version.parse(model.version).position:
            return
        if elapsed(self._live_at, self._now()) >= _LIVE:
            self._live_at = self._now()
            drift = await self._store.drift(self._domain.name)
            await asyncio.to_thread(self._spool.put, self._live(model, drift))
        roles = await self._roles()
        wanted = self._wanted(roles, decode_lineup(model.lineup))
        if wanted:
            await asyncio.to_thread(self._register, model, wanted)
            at = self._now()
            position = Version.parse(model.version).position
            new = {role: Registered(f"{name}@{position}", at) for role, name in wanted.items()}
            roles = msgspec.structs.replace(roles, **new)
            await self._control.keep_roles(self._domain.name, msgspec.json.encode(roles))

    async def align(self, tracking: Tracking) -> None:
        """Let the registry's aliases say who serves, when everything has been shipped.

        Raises:
            Unavailable: Redis is away.
        """
        roles = await self._roles()
        model = await self._store.model(self._domain.name)
        if model is None or not roles.champion.version:
            return
        challengers = decode_lineup(model.lineup).challengers
        challenger = roles.challenger.version if challengers else ""
        try:
            missing = await asyncio.to_thread(
                tracking.align, self._domain.name, roles.champion.version, challenger or None
            )
        except TrackingAway as away:
            logger.warning("%s", away)
            return
        if missing:  # the spool, or the registry, was lost: they are registered anew
            logger.warning("MLflow lacks %s; registering again", ", ".join(missing))
            kept = {
                name: Registered() if getattr(roles, name).version in missing else found
                for name, found in (("champion", roles.champion), ("challenger", roles.challenger))
            }
            await self._control.keep_roles(self._domain.name, msgspec.json.encode(Roles(**kept)))

    async def _roles(self) -> Roles:
        raw = await self._control.roles(self._domain.name)
        return Roles() if raw is None else msgspec.json.decode(raw, type=Roles)

    def _wanted(self, roles: Roles, lineup: LineupReport) -> dict[Role, str]:
        """Return the models that are to be registered, by role."""
        names: dict[Role, str] = {"champion": lineup.champion}
        if lineup.challengers:
            names["challenger"] = lineup.challengers[-1].model
        found: dict[Role, Registered] = {
            "champion": roles.champion,
            "challenger": roles.challenger,
        }
        return {
            role: name
            for role, name in names.items()
            if found[role].model != name or elapsed(found[role].at, self._now()) >= _AGAIN
        }

    def _register(self, model: StoredModel, wanted: dict[Role, str]) -> None:
        payload = verify(model.serving, self._key, kind=SERVING, subject=self._domain.name)
        predictors: Predictors = pickle.loads(payload)  # noqa: S301 - its signature has been verified
        position = Version.parse(model.version).position
        for role, name in wanted.items():
            alone = Predictors(
                f"{name}@{position}",
                {name: predictors.models[name]},
                predictors.means,
                predictors.objective,
            )
            entry = registration(
                self._domain.name,
                alone,
                self._key,
                title=self._title(name),
                next_offset=model.offset,
                role=role,
            )
            self._spool.put(entry)
            logger.info("%s is to be registered as %s", alone.version, role)

    def _title(self, name: str) -> str:
        recipe = Origin.parse(name).recipe
        try:
            return self._domain.recipe(recipe).title
        except UnknownRecipe:  # of an older release
            return recipe

    def _live(self, model: StoredModel, drift: bytes | None) -> Live:
        version = Version.parse(model.version)
        rows = [row for row in orjson.loads(model.report) if row["model"] == str(version.origin)]
        figures: dict[str, Figures] = {row["age"]: row["rolling"] for row in rows}
        watched = orjson.loads(drift) if drift else None
        return Live(
            domain=self._domain.name,
            version=model.version,
            wall_ms=int(self._now() * 1000),
            event_ms=watched["clock"] if watched else 0,
            position=version.position,
            figures=figures,
            drift=_gauges(watched) if watched else {},
        )


def _gauges(drift: dict[str, Any]) -> dict[str, float]:
    """Return the watched signals, and how far features have moved."""
    signals = {f"drift.{s['signal']}": s["mean"] for s in drift["signals"]}
    shifts = {f"shift.{f['feature']}": f["shift"] for f in drift["features"]}
    return {name: value for name, value in (signals | shifts).items() if value is not None}
