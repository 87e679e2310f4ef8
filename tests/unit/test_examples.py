"""The examples in the docstrings do what they show."""

import doctest
from importlib import import_module
from pkgutil import walk_packages

import pytest

import api
import docs_tools
import models
import notebooks
import replay
import stream

#: What Alembic alone can import, and what runs when it is imported.
_APART = ("__main__", ".migrations.")

MODULES = [
    info.name
    for package in (models, stream, api, replay, docs_tools, notebooks)
    for info in walk_packages(package.__path__, f"{package.__name__}.")
    if not any(part in info.name for part in _APART)
]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    assert doctest.testmod(import_module(name)).failed == 0
