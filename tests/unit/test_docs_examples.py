"""The examples in the docstrings of what makes the reference do what they show."""

import doctest
from importlib import import_module
from pkgutil import walk_packages

import pytest

from docs_tools import reference

PREFIX = f"{reference.__name__}."
MODULES = [info.name for info in walk_packages(reference.__path__, PREFIX)]


@pytest.mark.parametrize("name", [name for name in MODULES if "__main__" not in name])
def test_examples(name: str) -> None:
    assert doctest.testmod(import_module(name)).failed == 0
