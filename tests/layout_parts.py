"""Layouts of a log, written and read, for the tests of what is done with them."""

from pathlib import Path
from typing import Any

from models import domains
from models.domain import Domain
from stream.layout import Layout
from stream.layout_file import read_layout

CHURN, REVENUE = domains.load("churn"), domains.load("revenue")
MUSIC = """
[columns]
userId = "customer"
ts = "time"
page = "action"

[values.page]
play = "NextSong"
7 = "Home"

[constants]
auth = "Logged In"

[time]
zone = "Europe/Berlin"
"""


def layout_of(place: Path, text: str, domain: Domain[Any, Any] = CHURN) -> Layout:
    """A layout that says this."""
    path = place / "music.toml"
    path.write_text(text)
    return read_layout(str(path), domain)
