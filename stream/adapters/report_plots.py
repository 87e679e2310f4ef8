"""Pictures of a model's figures, for people who look at a retraining.

Made of figures without pyplot, which would keep each in memory and look for a screen.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from models.training.report import AgeReport

_OURS, _RIVAL, _GUIDE = "#1f5fa8", "#8a8a8a", "#b8b8b8"

#: Of each panel, inches; resolution, dots an inch.
_WIDTH, _HEIGHT, _DPI = 4.6, 4.0, 110

#: So many features are drawn.
_MOST = 20

_Draw = Callable[[Axes, AgeReport, str, str, bool], None]
_Data = Callable[[AgeReport], Sequence[object]]


def of_model(ages: Sequence[AgeReport], rival: Sequence[AgeReport] | None) -> dict[str, Figure]:
    """Return the pictures of a model by name, a panel for each age; those without data left out.

    Args:
        ages: its figures.
        rival: the champion's, drawn beside it; None where the model is the champion.
    """
    own = "champion" if rival is None else "candidate"
    others = {age.age: age for age in rival or ()}
    is_chance = any("auc" in age.figures for age in ages)
    kinds: tuple[tuple[str, _Draw, _Data], ...] = (
        ("calibration", _calibration, lambda age: age.curves.calibration),
        ("ranking", _ranking, lambda age: age.curves.ranking),
        ("precision_recall", _precision, lambda age: age.precision),
    )
    pictures = {}
    for name, draw, data in kinds:
        shown = [age for age in ages if data(age)]
        if not shown:
            continue
        title = name.replace("_", " and ").capitalize()
        figure, panels = _panels([", ".join(filter(None, (title, age.age))) for age in shown])
        for axes, age in zip(panels, shown, strict=True):
            other = others.get(age.age)
            if other is not None and data(other):
                draw(axes, other, _RIVAL, "champion", is_chance)
            draw(axes, age, _OURS, own, is_chance)
            axes.legend(frameon=False, fontsize=9)
        pictures[name] = figure
    return pictures


def effects(by_feature: Mapping[str, float]) -> Figure:
    """Return a bar chart of how much each feature moves predictions, the largest on top."""
    top = sorted(by_feature.items(), key=lambda item: -abs(item[1]))[:_MOST]
    figure = _figure(7.5, 1.1 + 0.3 * len(top))
    axes = figure.subplots()
    names = [name for name, _ in top][::-1]
    sizes = [size for _, size in top][::-1]
    bars = axes.barh(names, sizes, color=_OURS, height=0.7)
    axes.bar_label(bars, fmt="%.3g", padding=4, fontsize=8)
    axes.margins(x=0.12, y=0.02)
    left_out = len(by_feature) - len(top)
    more = f" ({len(top)} largest of {len(by_feature)})" if left_out else ""
    axes.set_title(f"How much each feature moves predictions{more}", fontsize=11, loc="left")
    axes.set_xlabel("mean absolute effect")
    _plain(axes)
    axes.grid(axis="y", visible=False)
    return figure


def _calibration(axes: Axes, age: AgeReport, colour: str, name: str, is_chance: bool) -> None:
    points = [(mean, label) for mean, label, _ in age.curves.calibration]
    most = max((max(point) for point in points), default=0.0) or 1.0
    most = max(most * 1.05, *axes.get_xlim()) if axes.lines else most * 1.05
    _guide(axes, most)
    axes.plot(*zip(*points, strict=True), "o-", color=colour, label=name, markersize=4)
    what = "chance" if is_chance else "amount"
    if not is_chance:  # most groups lie near 0, a few far away
        axes.set_xscale("function", functions=(np.sqrt, np.square))
        axes.set_yscale("function", functions=(np.sqrt, np.square))
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.set(xlim=(0, most), ylim=(0, most))
    axes.set_xlabel(f"predicted {what}, mean of a group")
    axes.set_ylabel("share for whom it came true" if is_chance else "what came, mean of the group")


def _ranking(axes: Axes, age: AgeReport, colour: str, name: str, is_chance: bool) -> None:
    figure, title = ("auc", "AUC") if is_chance else ("gini", "Gini")
    _guide(axes, 1.0)
    axes.plot(
        *zip(*age.curves.ranking, strict=True),
        color=colour,
        label=f"{name}, {title} {_short(age.figures.get(figure))}",
    )
    axes.set(xlim=(0, 1), ylim=(0, 1.01))
    axes.set_xlabel("false positive rate" if is_chance else "share of users, best first")
    axes.set_ylabel("true positive rate" if is_chance else "share of what came")


def _precision(axes: Axes, age: AgeReport, colour: str, name: str, is_chance: bool) -> None:  # noqa: ARG001 - as the others
    value = _short(age.figures.get("pr_auc"))
    axes.plot(*zip(*age.precision, strict=True), color=colour, label=f"{name}, PR AUC {value}")
    axes.set(xlim=(0, 1), ylim=(0, 1.01))
    axes.set_xlabel("recall")
    axes.set_ylabel("precision")


def _guide(axes: Axes, most: float) -> None:
    """Draw the diagonal once, as far as it is needed."""
    for line in [line for line in axes.lines if line.get_gid() == "guide"]:
        line.remove()
    axes.plot((0, most), (0, most), color=_GUIDE, linewidth=1, linestyle=":", gid="guide")


def _panels(titles: Sequence[str]) -> tuple[Figure, list[Axes]]:
    columns = min(2, len(titles))
    rows = -(-len(titles) // columns)
    figure = _figure(_WIDTH * columns, _HEIGHT * rows)
    grid = figure.subplots(rows, columns, squeeze=False)
    panels: list[Axes] = list(grid.flat)
    for axes in panels[len(titles) :]:
        axes.set_visible(False)
    panels = panels[: len(titles)]
    for axes, title in zip(panels, titles, strict=True):
        axes.set_title(title, fontsize=11, loc="left")
        _plain(axes)
    return figure, panels


def _figure(width: float, height: float) -> Figure:
    figure = Figure(figsize=(width, height), dpi=_DPI, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _plain(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="#ececec", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=9)


def _short(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
