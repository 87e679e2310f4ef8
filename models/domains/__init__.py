"""The installed domains: every module in this folder that has a ``DOMAIN``."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from models.domain import Domain
from models.errors import UnknownDomain


@cache
def _installed() -> dict[str, Domain[Any, Any]]:
    modules = (import_module(f"{__name__}.{info.name}") for info in iter_modules(__path__))
    domains = [module.DOMAIN for module in modules if hasattr(module, "DOMAIN")]
    return {domain.name: domain for domain in sorted(domains, key=lambda d: d.name)}


def names() -> list[str]:
    """Return the names of the installed domains, sorted."""
    return list(_installed())


def load(name: str) -> Domain[Any, Any]:
    """Return a domain by name.

    Raises:
        UnknownDomain: no such domain; the message names those that are installed.
    """
    try:
        return _installed()[name]
    except KeyError:
        raise UnknownDomain(
            f"no domain {name!r} is installed; there are: {', '.join(names())}"
        ) from None
