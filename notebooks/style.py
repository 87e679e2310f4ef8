"""How the plots look: the same in both notebooks, and on light and dark pages."""

import matplotlib.pyplot as plt
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

BLUE, ORANGE, GREEN, RED, GREY = "#1f5fa8", "#d9822b", "#3a8f5c", "#b3362b", "#8a8a8a"


def use() -> None:
    """Set matplotlib's defaults for the notebook."""
    plt.rcParams.update(
        {
            "figure.figsize": (9.0, 3.6),
            "figure.dpi": 110,
            "figure.facecolor": "white",
            "figure.constrained_layout.use": True,
            "savefig.facecolor": "white",
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "axes.axisbelow": True,
            "axes.titlesize": 11,
            "axes.titlelocation": "left",
            "axes.prop_cycle": cycler(color=[BLUE, ORANGE, GREEN, RED, GREY]),
            "grid.color": "#ececec",
            "legend.frameon": False,
            "font.size": 9.5,
        }
    )


def percent(axes: Axes, axis: str = "y") -> None:
    """Write the numbers of an axis as per cent."""
    target = axes.yaxis if axis == "y" else axes.xaxis
    target.set_major_formatter(PercentFormatter(1.0, decimals=0))


def diagonal(axes: Axes, most: float = 1.0) -> None:
    """Draw the line on which both axes are equal."""
    axes.plot([0, most], [0, most], color="#b8b8b8", linewidth=1, linestyle=":")
