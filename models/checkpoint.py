"""Signed envelopes: nothing that is unpickled was written by anyone without the key."""

import hashlib
import hmac
import sys

import msgspec
from river.__version__ import __version__ as river_version

from models.errors import BadCheckpoint

FORMAT = 2

#: The kind of ``models.predictors.Predictors`` that serve outside of Weir, and its subject: where
#: such a model is loaded nothing is known of it but where it lies.
MODEL, ANY_DOMAIN = "model", "any"

#: Signs when nothing else is set; whoever reads this has it, so that it is for one machine only.
DEVELOPMENT_KEY = "weir-development-key"

RIVER_VERSION: str = river_version
_MAGIC = b"WEIR"
_DIGEST = 32


class _Envelope(msgspec.Struct, array_like=True):
    format: int
    kind: str
    subject: str
    river: str
    python: str
    payload: bytes


def python_version() -> str:
    """Return major and minor version: pickles are for the same one."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def sign(payload: bytes, key: bytes, *, kind: str, subject: str) -> bytes:
    """Return the payload in a signed envelope.

    Args:
        payload: any bytes.
        key: the signing key, from the settings; not empty.
        kind: what the payload is (``learner``, ``model``): one kind never passes for another.
        subject: of what it is, as the domain: nor does one of another subject, though it is signed.

    Raises:
        ValueError: the key is empty.
    """
    body = msgspec.msgpack.encode(
        _Envelope(FORMAT, kind, subject, RIVER_VERSION, python_version(), payload)
    )
    return _MAGIC + _digest(body, key) + body


def verify(blob: bytes, key: bytes, *, kind: str, subject: str) -> bytes:
    """Return the payload of a signed envelope.

    Raises:
        BadCheckpoint: not an envelope, signed with another key or changed since, of another kind
            or subject, or made by a River, Python or format that this process cannot read.
        ValueError: the key is empty.
    """
    start = len(_MAGIC) + _DIGEST
    if blob[: len(_MAGIC)] != _MAGIC or len(blob) <= start:
        raise BadCheckpoint(f"this is no signed {kind} checkpoint of Weir; point to another file")
    body = blob[start:]
    if not hmac.compare_digest(blob[len(_MAGIC) : start], _digest(body, key)):
        raise BadCheckpoint(
            f"the {kind} checkpoint's signature does not match: it was signed with another "
            "WEIR_SIGNING_KEY, or changed since; set the key it was made with, or rebuild it"
        )
    # from here on the bytes are ours, though perhaps of another release
    try:
        envelope = msgspec.msgpack.decode(body, type=_Envelope)
    except msgspec.DecodeError as error:
        raise BadCheckpoint(
            f"the {kind} checkpoint has a format this release does not read ({error}); rebuild it"
        ) from error
    found = (envelope.format, envelope.kind, envelope.river, envelope.python)
    wanted = (FORMAT, kind, RIVER_VERSION, python_version())
    labels = ("format", "kind", "River", "Python")
    for what, have, want in zip(labels, found, wanted, strict=True):
        if have != want:
            raise BadCheckpoint(
                f"the {kind} checkpoint was made with {what} {have}, this process has {want}; "
                "use the same release, or rebuild the models from the examples topic"
            )
    if envelope.subject != subject:
        raise BadCheckpoint(
            f"the {kind} checkpoint is of {envelope.subject}, and was put where that of {subject} "
            "belongs; whoever did so can write to where it lies: find out who, then rebuild it"
        )
    return envelope.payload


def _digest(body: bytes, key: bytes) -> bytes:
    if not key:
        raise ValueError("the signing key is empty")
    return hmac.new(key, body, hashlib.sha256).digest()
