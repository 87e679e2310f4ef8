"""Pictures of dashboards: all that the dashboards have can be drawn, and is where it should be."""

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

import pytest
from PIL import Image

from docs_tools.dashboards import colours
from docs_tools.dashboards.answers import Series, Window
from docs_tools.dashboards.axes import named, nice
from docs_tools.dashboards.kinds import KINDS
from docs_tools.dashboards.page import WIDTH, page_of
from docs_tools.dashboards.pictures import FOLDER, MOST
from docs_tools.dashboards.rows import TRANSFORMATIONS
from docs_tools.dashboards.units import UNITS, written
from docs_tools.dashboards.variables import Variables
from tests import monitoring

WINDOW = Window(1_000_000.0, 1_000_300.0, 5.0)
ALL = {
    f"{name}: {panel['title']}": panel
    for name, dashboard in monitoring.dashboards().items()
    for panel in monitoring.panels(dashboard)
}

#: The labels that Weir's series are told apart by, so that every legend and table has its own.
LABELS = {
    "domain": "churn", "above": "0.5", "le": "0.1", "feature": "visits", "model": "m", "age": "7",
    "kind": "data", "signal": "score", "result": "ok", "job": "weir-api", "instance": "here:1",
    "version": "m@5", "alertname": "WeirLate", "severity": "ticket",
}  # fmt: skip


@dataclass
class Given:
    """Answers whatever is asked with the same values, and remembers what was asked."""

    points: tuple[float, ...] = (1.0, 2.0, 4.0)
    series: tuple[Mapping[str, str], ...] = (LABELS, {**LABELS, "domain": "revenue", "le": "+Inf"})
    asked: list[str] = field(default_factory=list)

    def now(self, expr: str, window: Window) -> list[Series]:
        return [Series(one.labels, one.points[-1:]) for one in self.over(expr, window, 1.0)]

    def over(self, expr: str, window: Window, step: float) -> list[Series]:
        self.asked.append(expr)
        points = tuple((window.start + n * step, value) for n, value in enumerate(self.points))
        return [Series(labels, points) for labels in self.series if points]

    def values(self, label: str, expr: str, window: Window) -> list[str]:
        assert expr
        assert window == WINDOW
        return sorted({labels[label] for labels in self.series})


def made(kind: str, title: str) -> dict[str, Any]:
    """A dashboard with a row, and the first panel of a kind that the dashboards of Weir have."""
    panel = copy.deepcopy(next(panel for panel in ALL.values() if panel["type"] == kind))
    place = {"x": 0, "y": 1, "w": 12, "h": 7}
    panel |= {"title": title, "gridPos": place, "description": "why"}
    row = {"type": "row", "title": "Now", "gridPos": {"x": 0, "y": 0, "w": 24, "h": 1}}
    whole = monitoring.dashboards()["overview.json"]
    return {**whole, "title": "Made", "panels": [row, panel]}


def drawn(dashboard: dict[str, Any], answers: Given) -> str:
    return page_of(dashboard, answers, WINDOW, "made.json")


@pytest.mark.parametrize("where", ALL)
def test_what_a_panel_has_is_known(where: str) -> None:
    panel = ALL[where]
    defaults = panel["fieldConfig"]["defaults"]
    assert panel["type"] in KINDS
    assert defaults["unit"] in UNITS
    assert panel["options"].get("yAxis", {}).get("unit", "none") in UNITS
    assert panel["options"].get("color", {}).get("scheme", "Blues") in colours.SCHEMES
    assert {step["id"] for step in panel.get("transformations", [])} <= TRANSFORMATIONS.keys()
    assert {step["color"] for step in defaults["thresholds"]["steps"]} <= colours.NAMED.keys()
    assert not panel["fieldConfig"]["overrides"], "overrides are not drawn"
    assert not defaults.get("mappings"), "value mappings are not drawn"


@pytest.mark.parametrize("name", monitoring.dashboards())
def test_every_dashboard_is_drawn(name: str) -> None:
    dashboard, answers = monitoring.dashboards()[name], Given()
    page = drawn(dashboard, answers)
    assert "No data" not in page
    assert "NaN" not in page
    for panel in monitoring.panels(dashboard):
        title = re.escape(escape(panel["title"])).replace(r"\$domain", "(churn|revenue)")
        assert re.search(f"<h3>{title}</h3>", page)
    assert not [expr for expr in answers.asked if "$" in expr], "a variable was left"
    assert len(answers.asked) >= sum(len(p["targets"]) for p in monitoring.panels(dashboard))


def test_a_panel_stands_where_the_grid_says() -> None:
    page = drawn(made("timeseries", "Lines"), Given())
    found = re.search(r'<section style="left:([\d.]+)px;top:([\d.]+)px;width:([\d.]+)px', page)
    assert found
    left, _, width = map(float, found.groups())
    assert left + width == pytest.approx(WIDTH / 2, abs=10)
    assert "<h1>Made</h1>" in page
    assert "Now</h2>" in page
    assert "Not a screenshot of Grafana" in page
    assert "Drawn from made.json" in page


def test_lines_have_limits_axes_and_a_legend() -> None:
    dashboard = made("timeseries", "Lines")
    defaults = dashboard["panels"][1]["fieldConfig"]["defaults"]
    defaults["custom"]["thresholdsStyle"] = {"mode": "dashed"}
    defaults["thresholds"]["steps"] = [
        {"color": "green", "value": None}, {"color": "red", "value": 3},
    ]  # fmt: skip
    dashboard["panels"][1]["targets"][0]["legendFormat"] = "{{domain}} <lag>"
    page = drawn(dashboard, Given())
    assert "churn &lt;lag&gt;</span>" in page
    assert f'stroke="{colours.NAMED["red"]}" stroke-dasharray' in page
    assert ">13:48</text>" in page  # of the axis of time, in UTC


def test_a_number_has_the_colour_of_its_limits() -> None:
    dashboard = made("stat", "Lag")
    panel = dashboard["panels"][1]
    panel["targets"] = panel["targets"][:1]
    panel["fieldConfig"]["defaults"] |= {"unit": "s", "decimals": 1}
    panel["fieldConfig"]["defaults"]["thresholds"]["steps"] = [
        {"color": "green", "value": None},
        {"color": "red", "value": 60},
    ]
    for value, told, colour in ((59.0, "59.0 s", "green"), (90.0, "1.5 mins", "red")):
        page = drawn(dashboard, Given(points=(value,)))
        assert re.search(f'fill="{colours.NAMED[colour]}"[^>]*>{told}</text>', page)


def test_no_answer_is_no_data() -> None:
    for kind in KINDS:
        dashboard = made(kind, "Empty")
        dashboard["panels"][1].pop("repeat", None)
        assert "No data" in drawn(dashboard, Given(points=()))


def test_a_repeated_panel_is_there_once_for_each_value() -> None:
    dashboard = made("barchart", "Of $domain")
    answers = Given()
    page = drawn(dashboard, answers)
    assert "<h3>Of churn</h3>" in page
    assert "<h3>Of revenue</h3>" in page
    assert [re.findall('domain=~"([^"]+)"', expr) for expr in answers.asked] == [
        ["churn"],
        ["revenue"],
    ]


def test_variables_are_filled_as_grafana_does() -> None:
    business = Variables(monitoring.dashboards()["business.json"], WINDOW)
    assert business.filled('a{domain=~"$domain"}[$__rate_interval]') == 'a{domain=~".*"}[20s]'
    assert business.filled('a{above=~"$high"}[$__range]').startswith('a{above=~"(0\\\\.5|0\\\\.6|')


@pytest.mark.parametrize(
    ("value", "unit", "decimals", "told"),
    [
        (0.0, "s", None, "0 s"),
        (0.0042, "s", None, "4.20 ms"),
        (172_800, "s", None, "2 days"),
        (0.0325, "percentunit", 1, "3.2%"),
        (1_234_567, "short", None, "1.23 Mil"),
        (950.0, "reqps", None, "950 req/s"),
        (0.7284, "none", 3, "0.728"),
        (-0.0001, "none", 2, "0.00"),
    ],
)
def test_values_are_written_with_their_unit(
    value: float, unit: str, decimals: int | None, told: str
) -> None:
    assert written(value, unit, decimals) == told


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("high", [1e-4, 0.013, 0.9, 3, 47, 1_260, 5e5, 4e6])
def test_values_at_an_axis_are_told_apart(unit: str, high: float) -> None:
    values = nice(0, high, 5)
    assert 2 <= len(values) <= 6
    assert len(set(named(values, unit))) == len(values)


@pytest.mark.parametrize("name", monitoring.dashboards())
def test_there_is_a_picture_of_each(name: str) -> None:
    path = FOLDER / f"dashboard-{name.removesuffix('.json')}.png"
    assert path.stat().st_size <= MOST
    with Image.open(path) as picture:
        dashboard = monitoring.dashboards()[name]
        assert picture.width == WIDTH
        rows = max(p["gridPos"]["y"] + p["gridPos"]["h"] for p in dashboard["panels"])
        assert picture.height > rows * 38, "run `make dashboard-pictures`"
