"""Colours of Grafana's dark theme: named ones, of series, of limits and of heat maps."""

import zlib
from collections.abc import Iterable, Sequence
from typing import Any

PAGE, PANEL, EDGE = "#111217", "#181b1f", "#2b2e34"
TEXT, FAINT, GRID = "#ccccdc", "#9a9da8", "#2a2d33"

NAMED = {
    "green": "#73bf69",
    "yellow": "#fade2a",
    "red": "#f2495c",
    "blue": "#5794f2",
    "orange": "#ff9830",
    "purple": "#b877d9",
}

# fmt: off
#: Of series: such as are told apart on the dark ground, most of them Grafana's.
SERIES = (
    "#73bf69", "#f2cc0c", "#8ab8ff", "#ff780a", "#f2495c", "#3274d9", "#b877d9", "#6ed0e0",
    "#ff9ad5", "#b7e34d", "#c4884a", "#37b8a0", "#c5c0f5", "#f9d9a0", "#a8adb7", "#e0455e",
)

#: Of a heat map, from the least to the most, on the dark ground.
SCHEMES = {
    # Grafana turns these round on a dark ground, and those with two ends always
    "Blues": (
        "#08306b", "#08519c", "#2171b5", "#4292c6", "#6baed6", "#9ecae1", "#c6dbef", "#deebf7",
        "#f7fbff",
    ),
    "RdBu": (
        "#053061", "#2166ac", "#4393c3", "#92c5de", "#d1e5f0", "#f7f7f7", "#fddbc7", "#f4a582",
        "#d6604d", "#b2182b", "#67001f",
    ),
}
# fmt: on


def of_series(names: Iterable[str]) -> dict[str, str]:
    """Return a colour for each name: the same in every panel, but for two that would be alike."""
    found: dict[str, str] = {}
    for name in sorted(set(names)):
        place = zlib.crc32(name.encode())
        free = [colour for colour in SERIES if colour not in found.values()] or SERIES
        wanted = SERIES[place % len(SERIES)]
        found[name] = wanted if wanted in free else free[place % len(free)]
    return found


def of_limits(value: float, defaults: dict[str, Any]) -> str:
    """Return the colour of the step of the limits that a value has come to."""
    colour = "green"
    for step in defaults["thresholds"]["steps"]:
        if step["value"] is None or value >= step["value"]:
            colour = step["color"]
    return NAMED[colour]


def of_heat(share: float, options: dict[str, Any]) -> str:
    """Return the colour of a value of a heat map, between its least (0) and its most (1)."""
    scheme = SCHEMES[options["scheme"]]
    return _between(scheme[::-1] if options.get("reverse") else scheme, min(1.0, max(0.0, share)))


def _between(scheme: Sequence[str], share: float) -> str:
    place = share * (len(scheme) - 1)
    low = min(int(place), len(scheme) - 2)
    ends = [[int(scheme[low + i][at : at + 2], 16) for at in (1, 3, 5)] for i in (0, 1)]
    parts = (round(a + (b - a) * (place - low)) for a, b in zip(*ends, strict=True))
    return "#" + "".join(f"{part:02x}" for part in parts)


def contrasting(colour: str) -> str:
    """Return black or white, whichever is read better on a colour."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return PAGE if 0.3 * red + 0.59 * green + 0.11 * blue > 140 else "#ffffff"
