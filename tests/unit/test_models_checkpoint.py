"""Signed envelopes: a change, another key, kind or release is refused, and the reason is said."""

import hashlib
import hmac

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import checkpoint
from models.checkpoint import sign, verify
from models.errors import BadCheckpoint

KEY = b"a-key-of-the-tests"
HERE = checkpoint.RIVER_VERSION, checkpoint.python_version()


def signed(*fields: object) -> bytes:
    """Return an envelope of any content, properly signed."""
    body = msgspec.msgpack.encode(fields)
    return b"WEIR" + hmac.new(KEY, body, hashlib.sha256).digest() + body


@given(st.binary(max_size=200), st.binary(min_size=1, max_size=40))
def test_what_is_signed_comes_back(payload: bytes, key: bytes) -> None:
    assert (
        verify(
            sign(payload, key, kind="learner", subject="churn"),
            key,
            kind="learner",
            subject="churn",
        )
        == payload
    )


@given(st.binary(max_size=50), st.data())
def test_any_changed_bit_is_noticed(payload: bytes, data: st.DataObject) -> None:
    blob = bytearray(sign(payload, KEY, kind="learner", subject="churn"))
    bit = data.draw(st.integers(0, 8 * len(blob) - 1))
    blob[bit // 8] ^= 1 << bit % 8
    with pytest.raises(BadCheckpoint):
        verify(bytes(blob), KEY, kind="learner", subject="churn")


@given(st.binary(max_size=100))
def test_noise_is_refused(noise: bytes) -> None:
    with pytest.raises(BadCheckpoint):
        verify(noise, KEY, kind="learner", subject="churn")


def test_a_checkpoint_cut_short_is_refused() -> None:
    blob = sign(b"payload", KEY, kind="learner", subject="churn")
    for length in range(len(blob)):
        with pytest.raises(BadCheckpoint):
            verify(blob[:length], KEY, kind="learner", subject="churn")


def test_another_key_is_named_with_its_setting() -> None:
    with pytest.raises(BadCheckpoint, match="WEIR_SIGNING_KEY"):
        verify(
            sign(b"", KEY, kind="learner", subject="churn"),
            b"another",
            kind="learner",
            subject="churn",
        )


def test_one_kind_is_not_another() -> None:
    with pytest.raises(BadCheckpoint, match="kind model"):
        verify(sign(b"", KEY, kind="model", subject="churn"), KEY, kind="learner", subject="churn")


def test_one_subject_is_not_another() -> None:
    with pytest.raises(BadCheckpoint, match="is of revenue, and was put where that of churn"):
        verify(
            sign(b"", KEY, kind="learner", subject="revenue"), KEY, kind="learner", subject="churn"
        )


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ((3, "learner", "churn", *HERE, b""), "format 3"),
        ((1, "learner", *HERE, b""), "does not read"),
        ((2, "learner", "churn", "0.24.0", HERE[1], b""), r"River 0\.24\.0"),
        ((2, "learner", "churn", HERE[0], "3.9", b""), r"Python 3\.9"),
        (("what",), "does not read"),
    ],
)
def test_another_release_is_named(fields: tuple[object, ...], said: str) -> None:
    with pytest.raises(BadCheckpoint, match=said):
        verify(signed(*fields), KEY, kind="learner", subject="churn")


def test_without_a_key_nothing_is_signed_or_read() -> None:
    with pytest.raises(ValueError, match="empty"):
        sign(b"payload", b"", kind="learner", subject="churn")
    with pytest.raises(ValueError, match="empty"):
        verify(
            sign(b"payload", KEY, kind="learner", subject="churn"),
            b"",
            kind="learner",
            subject="churn",
        )
