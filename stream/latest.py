"""The newest scores of a commit, kept beside it for people to look at: a sample, and no record."""

from collections.abc import Sequence

import msgspec

from models.effects import Scored

#: So many of a commit are kept.
MOST = 10


class LatestScore(msgspec.Struct, frozen=True, gc=False):
    """A score, as the stream has just written it.

    Attributes:
        user_id: the user.
        score: the champion's prediction.
        at: event time the score is for, ms.
        version: the model version that made it.
    """

    user_id: str
    score: float
    at: int
    version: str


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(list[LatestScore])


def encode_latest(scored: Sequence[Scored]) -> bytes:
    """Return the last ``MOST`` of a commit's scores as JSON; nothing for no scores."""
    if not scored:
        return b""
    return _encoder.encode(
        [LatestScore(s.user_id, s.score, s.at, s.version) for s in scored[-MOST:]]
    )


def decode_latest(raw: bytes) -> list[LatestScore]:
    """Return the scores, in the order in which the stream made them."""
    return _decoder.decode(raw)
