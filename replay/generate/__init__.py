"""Makes realistic logs: one maker a domain.

A domain that simulates its users itself (``Domain.simulate``) needs nothing here. A simulation that
is too large for the domain's file has a module here, named as the domain, with a ``MAKER``: a
function from a ``Plan`` to the lines of a log in time order (``lines.Maker``).
"""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from models import domains
from models.domain import Domain
from models.errors import UnknownDomain
from replay.generate.lines import Maker, simulated


@cache
def _makers() -> dict[str, Maker]:
    found = {}
    modules = {info.name for info in iter_modules(__path__)}
    for name in domains.names():
        domain = domains.load(name)
        if name in modules:
            found[name] = import_module(f"{__name__}.{name}").MAKER
        elif type(domain).simulate is not Domain.simulate:
            found[name] = simulated(domain)
    return found


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
