"""Values with their unit, as Grafana writes them."""

import math
from collections.abc import Callable

#: From how many seconds on a unit of time is used, how many it has, and its name.
_TIMES = (
    (31_536_000.0, 31_536_000.0, " years"),
    (604_800.0, 604_800.0, " weeks"),
    (86_400.0, 86_400.0, " days"),
    (3600.0, 3600.0, " hours"),
    (60.0, 60.0, " mins"),
    (1.0, 1.0, " s"),
    (1e-3, 1e-3, " ms"),
    (1e-6, 1e-6, " µs"),
    (0.0, 1e-9, " ns"),
)
_THOUSANDS = ((1e12, " Tri"), (1e9, " Bil"), (1e6, " Mil"), (1e3, " K"))


def written(value: float, unit: str, decimals: int | None = None) -> str:
    """Return a value as people read it.

    >>> [written(v, u) for v, u in ((1234, "short"), (0.0325, "percentunit"), (0.0042, "s"))]
    ['1.23 K', '3.25%', '4.20 ms']
    """
    return UNITS[unit](value, decimals)


def _none(value: float, decimals: int | None) -> str:
    places = _places(value) if decimals is None else decimals
    text = f"{value:.{places}f}"
    return text.removeprefix("-") if float(text) == 0 else text


def _short(value: float, decimals: int | None) -> str:
    for size, name in _THOUSANDS:
        if abs(value) >= size:
            return _none(value / size, decimals) + name
    return _none(value, decimals)


def _percent(value: float, decimals: int | None) -> str:
    return _none(value * 100, decimals) + "%"


def _seconds(value: float, decimals: int | None) -> str:
    if value == 0:
        return "0 s"
    size, name = next((size, name) for least, size, name in _TIMES if abs(value) >= least)
    return _none(value / size, decimals) + name


def _rate(name: str) -> Callable[[float, int | None], str]:
    return lambda value, decimals: f"{_short(value, decimals)} {name}"


def _places(value: float) -> int:
    """Return so many decimals that about three figures are told."""
    if value == 0 or value == int(value):
        return 0
    size = math.floor(math.log10(abs(value)))
    places = 1 - size
    return max(
        0, places + 1 if abs(value) / 10**size > 2.25 else places + 1 if size < 1 else places
    )


#: How a value of each unit is written, by its name in the JSON.
UNITS: dict[str, Callable[[float, int | None], str]] = {
    "none": _none,
    "short": _short,
    "percentunit": _percent,
    "s": _seconds,
    "reqps": _rate("req/s"),
    "cps": _rate("c/s"),
}
