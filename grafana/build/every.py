"""All dashboards, by the name of their file."""

from pathlib import Path

from grafana.build import business, drift, overview, pipeline, quality
from grafana.build.page import to_text

#: Where the JSON is committed, and where Grafana's provisioning finds it.
FOLDER = Path(__file__).resolve().parents[1] / "dashboards"

_PAGES = (overview, pipeline, quality, drift, business)


def texts() -> dict[str, str]:
    """Return the JSON of every dashboard, by file name."""
    return {
        f"{module.__name__.rpartition('.')[2]}.json": to_text(module.page()) for module in _PAGES
    }
