"""Wishes as they lie in Redis: what people and retraining ask of the learner."""

import os
import pickle
import pwd
import secrets

import msgspec

from models.checkpoint import sign, verify
from models.contest.wishes import Challenge, Wish
from models.errors import BadCheckpoint
from models.recipes import Model

#: What a signed candidate is for; it never passes for a checkpoint.
CANDIDATE = "candidate"

_wish = msgspec.msgpack.Decoder(Wish)


def new_id(now_ms: int) -> str:
    """Return an id for a wish, in the order of time."""
    return f"{now_ms:013d}-{secrets.token_hex(4)}"


def asker() -> str:
    """Return who gives a command, as decisions name them: with the system's user, if known."""
    try:
        return f"command:{pwd.getpwuid(os.getuid()).pw_name}"
    except KeyError:  # a container may run as a number that has no name
        return "command"


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


def pickle_model(model: Model, domain: str, name: str, key: bytes) -> bytes:
    """Return a model of a domain in an envelope that is signed for its name."""
    return sign(pickle.dumps(model), key, kind=CANDIDATE, subject=f"{domain} {name}")


def unpickle_model(wish: Challenge, domain: str, key: bytes) -> Model:
    """Return the model that a challenge brings.

    Raises:
        BadCheckpoint: it is not signed with our key for this domain and name, or cannot be read
            by this release.
    """
    payload = verify(wish.pickled, key, kind=CANDIDATE, subject=f"{domain} {wish.model}")
    try:
        model: Model = pickle.loads(payload)  # noqa: S301 - its signature has been verified
    except (pickle.UnpicklingError, AttributeError, EOFError, ImportError) as error:
        raise BadCheckpoint(f"the model cannot be read by this release: {error}") from error
    return model
