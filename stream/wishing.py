"""Wishes as they lie in Redis: what people and retraining ask of the learner."""

import asyncio
import pickle
import secrets

import msgspec

from models.checkpoint import sign, verify
from models.contest.decisions import Decision
from models.contest.wishes import Challenge, Wish
from models.errors import BadCheckpoint
from models.recipes import Model
from stream.adapters.redis_store import RedisStore
from stream.records import decode_decision

#: What a signed candidate is for; it never passes for a checkpoint.
CANDIDATE = "candidate"

#: Decisions among which an answer is looked for, and seconds between two looks.
_NEWEST, _PAUSE = 50, 0.1

_wish = msgspec.msgpack.Decoder(Wish)


def new_id(now_ms: int) -> str:
    """Return an id for a wish, in the order of time."""
    return f"{now_ms:013d}-{secrets.token_hex(4)}"


async def answer(store: RedisStore, domain: str, wish_id: str, seconds: float) -> Decision | None:
    """Return the decision that answers a wish; None when there is none within so many seconds."""
    until = asyncio.get_running_loop().time() + seconds
    while True:
        for raw in await store.decisions(domain, _NEWEST):
            decision = decode_decision(raw)
            if decision.wish == wish_id:
                return decision
        if asyncio.get_running_loop().time() >= until:
            return None
        await asyncio.sleep(_PAUSE)


def encode_wish(wish: Wish) -> bytes:
    """Return the bytes of a wish."""
    return msgspec.msgpack.encode(wish)


def decode_wish(raw: bytes) -> Wish:
    """Return a wish.

    Raises:
        ValueError: these bytes are none.
    """
    wish: Wish = _wish.decode(raw)
    return wish


def pickle_model(model: Model, key: bytes) -> bytes:
    """Return a model in a signed envelope."""
    return sign(pickle.dumps(model), key, kind=CANDIDATE)


def unpickle_model(wish: Challenge, key: bytes) -> Model:
    """Return the model that a challenge brings.

    Raises:
        BadCheckpoint: it is not signed with our key, or cannot be read by this release.
    """
    payload = verify(wish.pickled, key, kind=CANDIDATE)
    try:
        model: Model = pickle.loads(payload)  # noqa: S301 - its signature has been verified
    except (pickle.UnpicklingError, AttributeError, EOFError, ImportError) as error:
        raise BadCheckpoint(f"the model cannot be read by this release: {error}") from error
    return model
