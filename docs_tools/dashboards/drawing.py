"""What every kind of panel draws from, and the names of series."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from docs_tools.dashboards.answers import Answers, Series, Window
from docs_tools.dashboards.variables import Variables


@dataclass(frozen=True)
class Mark:
    """What happened at a moment, or from one to another: a line in every panel over time.

    Attributes:
        start: its first moment.
        end: its last moment.
        colour: of the line.
    """

    start: float
    end: float
    colour: str


@dataclass(frozen=True)
class Drawing:
    """A panel to be drawn.

    Attributes:
        panel: its JSON.
        variables: what is chosen.
        answers: who answers its queries.
        window: the time that is shown.
        width: px of its inside.
        height: px of its inside.
        marks: what happened meanwhile.
    """

    panel: dict[str, Any]
    variables: Variables
    answers: Answers
    window: Window
    width: float
    height: float
    marks: Sequence[Mark] = ()

    @property
    def defaults(self) -> dict[str, Any]:
        """The defaults of its fields: unit, decimals, limits, ends of the axis."""
        found: dict[str, Any] = self.panel["fieldConfig"]["defaults"]
        return found

    @property
    def unit(self) -> str:
        """The unit of its values."""
        return str(self.defaults["unit"])

    @property
    def decimals(self) -> int | None:
        """How many decimals its values have; None: as many as tell them."""
        return self.defaults.get("decimals")

    def series(self) -> list[Series]:
        """Return the answers to all of its queries, with the names of its legend."""
        found = []
        for target in self.panel["targets"]:
            expr = self.variables.filled(target["expr"])
            if target.get("instant"):
                series = self.answers.now(expr, self.window)
            else:
                series = self.answers.over(expr, self.window, self.window.step)
            found += [
                replace(one, name=legend(target["legendFormat"], one.labels)) for one in series
            ]
        return found


def legend(shape: str, labels: dict[str, str] | Any) -> str:
    """Return the name of a series.

    >>> legend("{{domain}} {{age}} mean", {"domain": "churn"})
    'churn  mean'
    """
    return re.sub(r"{{\s*(\w+)\s*}}", lambda match: str(labels.get(match[1], "")), shape).strip()
