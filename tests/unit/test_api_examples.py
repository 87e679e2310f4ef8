"""The examples in the docstrings of the API do what they show."""

import doctest
from importlib import import_module
from pkgutil import walk_packages

import pytest

import api

MODULES = [info.name for info in walk_packages(api.__path__, "api.") if "__main__" not in info.name]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    assert doctest.testmod(import_module(name)).failed == 0
