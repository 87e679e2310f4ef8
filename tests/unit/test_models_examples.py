"""The examples in the docstrings of the core do what they show."""

import doctest
from importlib import import_module
from pkgutil import walk_packages

import pytest

import models

MODULES = [info.name for info in walk_packages(models.__path__, "models.")]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    assert doctest.testmod(import_module(name)).failed == 0
