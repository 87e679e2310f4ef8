"""The installed domains: each file in this folder is one, named as the file, in its ``DOMAIN``."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from models.domain import Domain
from models.errors import UnknownDomain


@cache
def names() -> tuple[str, ...]:
    """Return the names of the installed domains, sorted; none is imported for it."""
    return tuple(sorted(info.name for info in iter_modules(__path__)))


@cache
def load(name: str) -> Domain[Any, Any]:
    """Return a domain by name.

    Raises:
        UnknownDomain: no such domain; the message names those that are installed.
    """
    if name not in names():
        raise UnknownDomain(f"no domain {name!r} is installed; there are: {', '.join(names())}")
    domain: Domain[Any, Any] = import_module(f"{__name__}.{name}").DOMAIN
    return domain
