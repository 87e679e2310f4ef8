"""The pages of the service and how a visitor moves between them: one Markov chain per level.

The chains were fitted by eye to two months of the service's log (271,147 events); weights are per
mille. The row of NextSong, where visitors spend most of their time, holds actions per 1,000 songs
and is adapted to each user (``song_row``).
"""

import math
from collections.abc import Mapping
from functools import cache
from statistics import NormalDist
from typing import Final, NamedTuple

import orjson

FREE: Final = 0
PAID: Final = 1


class Page(NamedTuple):
    """A page as the log writes it."""

    name: str
    method: str
    status: int
    auth: str


_IN, _OUT = "Logged In", "Logged Out"
PAGES: Final = (
    Page("NextSong", "PUT", 200, _IN),
    Page("Home", "GET", 200, _IN),
    Page("Thumbs Up", "PUT", 307, _IN),
    Page("Thumbs Down", "PUT", 307, _IN),
    Page("Add to Playlist", "PUT", 200, _IN),
    Page("Add Friend", "PUT", 307, _IN),
    Page("Roll Advert", "GET", 200, _IN),
    Page("Settings", "GET", 200, _IN),
    Page("Save Settings", "PUT", 307, _IN),
    Page("Help", "GET", 200, _IN),
    Page("About", "GET", 200, _IN),
    Page("Upgrade", "GET", 200, _IN),
    Page("Submit Upgrade", "PUT", 307, _IN),
    Page("Downgrade", "GET", 200, _IN),
    Page("Submit Downgrade", "PUT", 307, _IN),
    Page("Error", "GET", 404, _IN),
    Page("Cancel", "PUT", 307, _IN),
    Page("Cancellation Confirmation", "GET", 200, "Cancelled"),
    Page("Logout", "PUT", 307, _IN),
    Page("Home", "GET", 200, _OUT),
    Page("Login", "PUT", 307, _OUT),
    Page("About", "GET", 200, _OUT),
    Page("Help", "GET", 200, _OUT),
)

# A logged-out page is named with a star below.
_CODE: Final = {page.name + "*" * (page.auth == _OUT): code for code, page in enumerate(PAGES)}

NEXT_SONG: Final = _CODE["NextSong"]
THUMBS_UP: Final = _CODE["Thumbs Up"]
THUMBS_DOWN: Final = _CODE["Thumbs Down"]
ADD_TO_PLAYLIST: Final = _CODE["Add to Playlist"]
ADD_FRIEND: Final = _CODE["Add Friend"]
ROLL_ADVERT: Final = _CODE["Roll Advert"]
SETTINGS: Final = _CODE["Settings"]
UPGRADE: Final = _CODE["Upgrade"]
SUBMIT_UPGRADE: Final = _CODE["Submit Upgrade"]
DOWNGRADE: Final = _CODE["Downgrade"]
SUBMIT_DOWNGRADE: Final = _CODE["Submit Downgrade"]
ERROR: Final = _CODE["Error"]
CANCEL: Final = _CODE["Cancel"]
CONFIRMATION: Final = _CODE["Cancellation Confirmation"]
LOGOUT: Final = _CODE["Logout"]
#: From this code on the visitor is logged out.
LOGGED_OUT: Final = _CODE["Home*"]
#: Pages that a click on the present page opens: they come one second later.
CLICKS: Final = frozenset(
    _CODE[name]
    for name in (
        "Thumbs Up",
        "Thumbs Down",
        "Add Friend",
        "Save Settings",
        "Submit Upgrade",
        "Submit Downgrade",
        "Cancel",
        "Logout",
        "Login*",
    )
)

#: Where a visit starts.
ARRIVAL: Final = {"NextSong": 530, "Home": 310, "Home*": 75, "Login*": 45}

_AFTER_SONG: Final = (
    {
        "Roll Advert": 90.7, "Thumbs Up": 54.3, "Add to Playlist": 23.8, "Home": 20.4,
        "Logout": 20.1, "Upgrade": 14.5, "Thumbs Down": 11.1, "Add Friend": 9.9, "Help": 5.4,
        "Settings": 5.3, "About": 2.4, "Error": 0.9,
    },
    {
        "Thumbs Up": 56.0, "Add to Playlist": 25.4, "Home": 20.5, "Add Friend": 10.2,
        "Thumbs Down": 9.8, "Logout": 9.7, "Downgrade": 9.3, "Settings": 5.0, "Help": 4.8,
        "About": 2.1, "Roll Advert": 1.5, "Error": 0.9,
    },
)  # fmt: skip

_BOTH: Final = {
    "Home": {
        "NextSong": 898, "Add Friend": 50, "Settings": 19, "Home": 11, "Logout": 12, "About": 2,
        "Help": 2, "Error": 1,
    },
    "Thumbs Up": {"NextSong": 928, "Add to Playlist": 70, "Error": 1},
    "Thumbs Down": {"NextSong": 925, "Help": 25, "Logout": 23, "Settings": 15, "Error": 2},
    "Add to Playlist": {"NextSong": 983, "Thumbs Up": 17},
    "Add Friend": {"NextSong": 640, "Add Friend": 318, "Home": 22, "Logout": 10, "Settings": 6},
    "Roll Advert": {"NextSong": 950, "Roll Advert": 31, "Logout": 12, "Error": 1},
    "Settings": {
        "NextSong": 574, "Save Settings": 210, "Home": 60, "Help": 56, "Settings": 49,
        "Add Friend": 26, "Logout": 6,
    },
    "Save Settings": {"Home": 912, "Settings": 88},
    "Help": {
        "NextSong": 718, "Home": 130, "Add Friend": 48, "Help": 47, "Settings": 31, "Logout": 15,
        "About": 5,
    },
    "About": {"NextSong": 575, "Home": 243, "About": 87, "Add Friend": 51, "Settings": 17},
    "Upgrade": {
        "NextSong": 378, "Submit Upgrade": 367, "Home": 112, "Upgrade": 67, "Add Friend": 54,
        "Logout": 11, "Error": 4, "Help": 4,
    },
    "Submit Upgrade": {"Home": 1000},
    "Downgrade": {
        "NextSong": 655, "Logout": 117, "Home": 105, "Downgrade": 65, "Submit Downgrade": 42,
        "Help": 6,
    },
    "Submit Downgrade": {"Home": 1000},
    "Error": {"NextSong": 774, "Home": 191, "Logout": 17, "Help": 13, "Error": 4},
    "Logout": {"Home*": 1000},
    "Home*": {"Login*": 675, "Home*": 155, "About*": 106, "Help*": 60},
    "Login*": {"Home": 1000},
    "About*": {"Login*": 540, "Home*": 365, "About*": 47, "Help*": 50},
    "Help*": {"Login*": 530, "Home*": 343, "Help*": 124},
}  # fmt: skip

#: What is written of one row: upper bounds of the cumulated weights, and where each one leads.
Row = tuple[list[float], list[int]]


def _row(weights: Mapping[int, float]) -> Row:
    total = sum(weights.values())
    bounds: list[float] = []
    reached = 0.0
    for weight in weights.values():
        reached += weight / total
        bounds.append(reached)
    bounds[-1] = 1.0  # a draw is below 1, so it always finds its place
    return bounds, list(weights)


def _coded(weights: Mapping[str, float]) -> dict[int, float]:
    return {_CODE[name]: weight for name, weight in weights.items()}


ARRIVALS: Final = _row(_coded(ARRIVAL))

#: Rows by page code. That of NextSong is empty (see ``song_row``); nothing follows a cancellation.
ROWS: Final[list[Row]] = [
    _row(_coded(_BOTH[name])) if name in _BOTH else ([], []) for name in _CODE
]

_SONG_WEIGHTS: Final = tuple(_coded(weights) for weights in _AFTER_SONG)


def song_row(level: int, factors: Mapping[int, float]) -> Row:
    """Return the row of NextSong for a user: the usual weights times the user's factors by page."""
    weights = {
        page: weight * factors.get(page, 1.0) for page, weight in _SONG_WEIGHTS[level].items()
    }
    actions = sum(weights.values())
    if actions > 800:  # however annoyed or social, people mostly listen
        weights = {page: weight * 800 / actions for page, weight in weights.items()}
        actions = 800
    # the next song comes first: it is found fastest, and it is the most frequent
    return _row({NEXT_SONG: 1000 - actions, **weights})


@cache
def dwells() -> list[int]:
    """Return 1,024 equally likely stays on a page in seconds: median 32, 95% below 350."""
    normal = NormalDist(3.46, 1.45)
    return [int(math.exp(normal.inv_cdf((i + 0.5) / 1024))) for i in range(1024)]


@cache
def page_fragments() -> list[bytes]:
    """Return the JSON of page and level by ``code * 2 + level``, to write in the middle of one."""
    fragments = []
    for page in PAGES:
        for level in ("free", "paid"):
            fields = {
                "page": page.name,
                "auth": page.auth,
                "method": page.method,
                "status": page.status,
                "level": level,
            }
            fragments.append(orjson.dumps(fields)[1:-1])
    return fragments
