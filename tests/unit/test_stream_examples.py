"""The examples in the docstrings of the stream do what they show."""

import doctest
from importlib import import_module
from pkgutil import walk_packages

import pytest

import stream

#: What Alembic alone can import, and what runs when it is imported.
_APART = ("__main__", ".migrations.")

MODULES = [
    info.name
    for info in walk_packages(stream.__path__, "stream.")
    if not any(part in info.name for part in _APART)
]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    assert doctest.testmod(import_module(name)).failed == 0
