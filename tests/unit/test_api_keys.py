"""Who may ask."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.keys import Keys
from stream.settings import load

KEYS = Keys(load({"api_keys": "first-key,second-key"}))


@pytest.mark.parametrize("key", ["first-key", "second-key"])
def test_every_configured_key_is_accepted(key: str) -> None:
    assert KEYS.accept(key)


@given(st.none() | st.text())
def test_nothing_else_is(key: str | None) -> None:
    assert KEYS.accept(key) == (key in ("first-key", "second-key"))


@pytest.mark.parametrize("key", ["", "first-key ", "FIRST-KEY", "first-key,second-key", "first-ke"])
def test_nothing_similar_is(key: str) -> None:
    assert not KEYS.accept(key)


@given(st.none() | st.text())
def test_without_keys_everyone_is_accepted(key: str | None) -> None:
    assert Keys(load()).accept(key)


def test_a_key_may_have_any_letters() -> None:
    # a header's bytes come as Latin-1
    assert Keys(load({"api_keys": "schlüssel"})).accept("schlüssel".encode().decode("latin-1"))
