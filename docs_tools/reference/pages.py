"""The reference pages by name, and where they are."""

from collections.abc import Callable, Mapping
from pathlib import Path

from docs_tools.reference import commands, http_api, metrics, redis_keys, settings, topics

#: Where the pages are committed.
PLACE = Path(__file__).resolve().parents[2] / "docs" / "reference"

#: What makes each page.
PAGES: Mapping[str, Callable[[], str]] = {
    "settings": settings.page,
    "commands": commands.page,
    "http-api": http_api.page,
    "metrics": metrics.page,
    "topics": topics.page,
    "redis-keys": redis_keys.page,
}
