"""The songs of the service, made up. They are the same in every log, as a real catalogue is."""

import math
import random
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist

import orjson

from models.plan import seeded
from replay.generate.people import FIRST_NAMES, LAST_NAMES

GENRES = 8
#: Popularity is drawn by an index into a table of this many slots.
SLOTS = 4096

_ARTISTS_PER_GENRE = 45
_WORLD = 18  # the seed of the catalogue, for good

_ADJECTIVES = (
    "Velvet", "Paper", "Crooked", "Silver", "Distant", "Broken", "Golden", "Quiet", "Electric",
    "Wandering", "Hollow", "Amber", "Northern", "Restless", "Second", "Painted", "Frozen",
    "Burning", "Tender", "Midnight", "Lonesome", "Scarlet", "Plastic", "Slow",
)  # fmt: skip
_NOUNS = (
    "Antlers", "Harbour", "Lanterns", "Foxes", "Machines", "Orchard", "Satellites", "Sparrows",
    "Cartographers", "Tides", "Ministers", "Avenues", "Ghosts", "Engines", "Gardens", "Wolves",
    "Letters", "Mirrors", "Rivers", "Thieves", "Postcards", "Radios", "Mountains", "Windows",
)  # fmt: skip
_VERBS = (
    "Hold", "Follow", "Forget", "Carry", "Leave", "Remember", "Break", "Call", "Wake", "Dream",
    "Chase", "Burn",
)  # fmt: skip

# Names as real catalogues have them: accents, quotes, slashes, a text that was decoded twice.
_AWKWARD_ARTISTS = (
    "Sigr\u00fan \u00d3sk",
    'Lloyd "Half-Step" Granger',
    "Amber Tides / Greta Falk",
    "The Slow Foxes feat. Zora Quist",
    "Bj\u00c3\u00b8rnstad",
    "\u6771\u96f2",
    "O\u2019Dunmore & Sons",
    "N/A\\Null",
)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The songs.

    Attributes:
        fragments: per song the JSON of its fields, to end an event with.
        seconds: per song how long it plays, in whole seconds.
        charts: per genre, SLOTS song numbers, a popular song more often; the last one is of all.
    """

    fragments: list[bytes]
    seconds: list[int]
    charts: list[list[int]]


@cache
def catalogue() -> Catalogue:
    """Return the catalogue, built on first use."""
    rng = seeded(_WORLD)
    lengths = NormalDist(5.45, 0.28)
    fragments: list[bytes] = []
    seconds: list[int] = []
    genres: list[list[int]] = []
    artists = _artists(rng)
    for genre in range(GENRES):
        songs: list[int] = []
        for artist in artists[genre::GENRES]:
            for title in _titles(rng):
                # most songs last 3 to 5 minutes; a few are skits or suites
                length = math.exp(lengths.inv_cdf(0.0005 + 0.999 * rng.random()))
                if rng.random() < 0.01:
                    length *= rng.choice((0.15, 0.4, 2.5, 6.0))
                length = round(length, 5)
                songs.append(len(fragments))
                seconds.append(int(length))
                fields = orjson.dumps({"artist": artist, "song": title, "length": length})
                fragments.append(b"," + fields[1:-1])
        rng.shuffle(songs)
        genres.append(songs)
    charts = [_chart(songs) for songs in genres]
    everywhere = [chart[slot] for slot in range(0, SLOTS, GENRES) for chart in charts]
    return Catalogue(fragments, seconds, [*charts, everywhere])


def _artists(rng: random.Random) -> list[str]:
    bands = [f"The {a} {n}" for a in _ADJECTIVES for n in _NOUNS]
    singers = [f"{f} {n}" for f in FIRST_NAMES for n in LAST_NAMES]
    short = [*_NOUNS, *(f"DJ {n}" for n in LAST_NAMES)]
    wanted = GENRES * _ARTISTS_PER_GENRE - len(_AWKWARD_ARTISTS)
    artists = rng.sample([*rng.sample(bands, 240), *rng.sample(singers, 160), *short], wanted)
    artists.extend(_AWKWARD_ARTISTS)
    rng.shuffle(artists)
    return artists


def _titles(rng: random.Random) -> list[str]:
    patterns = (
        lambda: f"{rng.choice(_VERBS)} the {rng.choice(_NOUNS)}",
        lambda: f"{rng.choice(_ADJECTIVES)} {rng.choice(_NOUNS)}",
        lambda: f"{rng.choice(_VERBS)} Me, {rng.choice(FIRST_NAMES)}",
        lambda: f"{rng.choice(_NOUNS)} (Live)",
        lambda: rng.choice(_ADJECTIVES),
    )
    titles = [rng.choice(patterns)() for _ in range(1 + int(rng.expovariate(0.15)))]
    return list(dict.fromkeys(titles))


def _chart(songs: list[int]) -> list[int]:
    """Spread a genre's songs over SLOTS slots, the k-th in rank with weight 1 / (k + 5)."""
    weights = [1.0 / (rank + 12) for rank in range(len(songs))]
    scale = SLOTS / sum(weights)
    chart: list[int] = []
    reached = 0.0
    for song, weight in zip(songs, weights, strict=True):
        reached += weight * scale
        chart.extend([song] * (round(reached) - len(chart)))
    return chart
