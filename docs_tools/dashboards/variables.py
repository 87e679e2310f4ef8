"""The variables of a dashboard in the place of which values are put, as Grafana does."""

import re
from typing import Any

from docs_tools.dashboards.answers import Answers, Window

#: Grafana's ``$__rate_interval`` is four times as long as Prometheus takes to scrape.
_SCRAPES = 4


class Variables:
    """What is chosen at the top of a dashboard, and the time that is shown.

    Args:
        dashboard: its JSON.
        window: the time that is shown.
    """

    def __init__(self, dashboard: dict[str, Any], window: Window) -> None:
        self._declared = [
            one for one in dashboard["templating"]["list"] if one["type"] != "datasource"
        ]
        self._window = window
        self._values = {one["name"]: _chosen(one) for one in self._declared} | {
            "__rate_interval": f"{window.step * _SCRAPES:g}s",
            "__range": f"{window.length:.0f}s",
        }

    def filled(self, text: str) -> str:
        """Return the text, with values in the place of variables."""
        return re.sub(r"\$(\w+)", lambda match: self._values.get(match[1], match[0]), text)

    def fixed(self, name: str, value: str) -> "Variables":
        """Return the variables with one chosen: for a panel that is repeated."""
        other = object.__new__(Variables)
        other._declared, other._window = self._declared, self._window
        other._values = self._values | {name: value}
        return other

    def each(self, name: str, answers: Answers) -> list[str]:
        """Return all values that there are of a variable."""
        (query,) = [one["query"]["query"] for one in self._declared if one["name"] == name]
        match = re.fullmatch(r"label_values\((.*), (\w+)\)", query)
        if match is None:
            raise ValueError(f"only label_values(...) can be repeated over: {query}")
        return answers.values(match[2], self.filled(match[1]), self._window)

    def shown(self) -> list[tuple[str, str]]:
        """Return label and choice of each, as they stand at the top."""
        return [
            (one["label"], " + ".join(_texts(one["current"]["text"]))) for one in self._declared
        ]


def _chosen(variable: dict[str, Any]) -> str:
    values = _texts(variable["current"]["value"])
    if values == ["$__all"]:
        return str(variable["allValue"])
    return f"({'|'.join(re.escape(value) for value in values)})".replace("\\", "\\\\")


def _texts(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
