"""What Prometheus answers to the queries of a panel."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import httpx


@dataclass(frozen=True)
class Window:
    """A span of time, in seconds since 1970.

    Attributes:
        start: its first moment.
        end: its last moment; queries for now are asked for it.
        step: between two values of a series.
    """

    start: float
    end: float
    step: float

    @property
    def length(self) -> float:
        """Its seconds."""
        return self.end - self.start


@dataclass(frozen=True)
class Series:
    """A series of an answer.

    Attributes:
        labels: the labels that it has.
        points: times and values, in their order; what is no number is left out.
        name: as the panel's legend has it.
    """

    labels: Mapping[str, str]
    points: tuple[tuple[float, float], ...]
    name: str = ""

    @property
    def last(self) -> float:
        """The newest value."""
        return self.points[-1][1]


class Answers(Protocol):
    """Whoever answers PromQL."""

    def now(self, expr: str, window: Window) -> list[Series]:
        """Return the series at the end of the window, each with one point."""
        ...

    def over(self, expr: str, window: Window, step: float) -> list[Series]:
        """Return the series over the window."""
        ...

    def values(self, label: str, expr: str, window: Window) -> list[str]:
        """Return the values that a label has in what the expression selects."""
        ...


class Prometheus:
    """A running Prometheus.

    Args:
        url: its address.
    """

    def __init__(self, url: str) -> None:
        self._url = url

    def now(self, expr: str, window: Window) -> list[Series]:
        """Return the series at the end of the window, each with one point."""
        found = self._ask("query", query=expr, time=window.end)
        if found["resultType"] == "scalar":
            return _series({}, [found["result"]])
        return [
            series for one in found["result"] for series in _series(one["metric"], [one["value"]])
        ]

    def over(self, expr: str, window: Window, step: float) -> list[Series]:
        """Return the series over the window, at multiples of the step, as Grafana asks."""
        start = math.ceil(window.start / step) * step
        found = self._ask("query_range", query=expr, start=start, end=window.end, step=step)
        return [
            series for one in found["result"] for series in _series(one["metric"], one["values"])
        ]

    def values(self, label: str, expr: str, window: Window) -> list[str]:
        """Return the values that a label has in what the expression selects."""
        params: dict[str, str | float] = {"match[]": expr, "start": window.start, "end": window.end}
        return sorted(self._ask(f"label/{label}/values", **params))

    def _ask(self, path: str, **params: str | float) -> Any:
        answer = httpx.get(f"{self._url}/api/v1/{path}", params=params, timeout=30)
        return answer.raise_for_status().json()["data"]


def _series(labels: Mapping[str, str], values: list[list[Any]]) -> list[Series]:
    points = tuple((float(when), float(value)) for when, value in values)
    points = tuple(point for point in points if math.isfinite(point[1]))
    return [Series(dict(labels), points)] if points else []
