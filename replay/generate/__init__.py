"""Makes realistic logs: one maker a domain.

A domain's maker is the module here that has a ``MAKER``: a function from a ``Plan`` to the lines of
a log in time order (``plan.Maker``). The modules beside it are what makers and command are made of.
"""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from models.errors import UnknownDomain
from replay.generate.plan import Maker


@cache
def _makers() -> dict[str, Maker]:
    modules = (
        (info.name, import_module(f"{__name__}.{info.name}")) for info in iter_modules(__path__)
    )
    return {name: module.MAKER for name, module in modules if hasattr(module, "MAKER")}


def names() -> list[str]:
    """Return the names of the domains whose logs can be made, sorted."""
    return sorted(_makers())


def load(name: str) -> Maker:
    """Return the maker of a domain's logs.

    Raises:
        UnknownDomain: there is none; the message names those that there are.
    """
    try:
        return _makers()[name]
    except KeyError:
        raise UnknownDomain(
            f"logs of domain {name!r} cannot be generated, only those of: {', '.join(names())}"
        ) from None
