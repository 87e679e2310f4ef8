"""The users: who they are for good, what they are in the mood for, what they have gone through."""

import math
import random
from dataclasses import dataclass, field
from typing import Final

import orjson

from models.plan import DAY_MS, Plan, reseed, seeded
from replay.generate import catalogue, pages, people

# What randomness is for: the second part of every key of a generator.
_IDS, _BIRTH = 1, 2

#: Share of the users who register while the log runs; the others were there before it.
NEWCOMERS: Final = 0.22

#: What is remembered fades by these factors a day: over 4, 10 and 25 days.
_FADE_4, _FADE_10, _FADE_25 = (math.exp(-1 / days) for days in (4, 10, 25))


@dataclass(slots=True)
class Experience:
    """What a user has gone through lately; churn depends on it.

    Counts fade over 10 days (``songs_lately`` 4, ``songs_usually`` 25); the songs are rates a day.
    """

    songs_lately: float = 0.0
    songs_usually: float = 0.0
    adverts: float = 0.0
    dislikes: float = 0.0
    joys: float = 0.0
    errors: float = 0.0
    downgrade_visits: float = 0.0

    def fade(self) -> None:
        """Let a day pass."""
        self.songs_lately *= _FADE_4
        self.songs_usually *= _FADE_25
        self.adverts *= _FADE_10
        self.dislikes *= _FADE_10
        self.joys *= _FADE_10
        self.errors *= _FADE_10
        self.downgrade_visits *= _FADE_10

    def add(self, tally: list[int]) -> None:
        """Add a visit, given as the number of its events by page code."""
        songs = tally[pages.NEXT_SONG]
        self.songs_lately += songs * (1 - _FADE_4)
        self.songs_usually += songs * (1 - _FADE_25)
        self.adverts += tally[pages.ROLL_ADVERT]
        self.dislikes += tally[pages.THUMBS_DOWN]
        self.joys += tally[pages.THUMBS_UP] + tally[pages.ADD_TO_PLAYLIST] + tally[pages.ADD_FRIEND]
        self.errors += tally[pages.ERROR]
        self.downgrade_visits += tally[pages.DOWNGRADE]


@dataclass(slots=True)
class User:
    """One user.

    Attributes:
        front: the JSON of the user id.
        tail: the JSON of the fields that never change, to write after the page.
        registered_ms: when the user registered.
        level: ``pages.FREE`` or ``pages.PAID``.
        pace: visits a day, usually.
        stamina: events of a visit on the paid level, usually.
        hours_later: how much later than others this person lives, in hours.
        charts: the catalogue's chart this user mostly listens to, and the second one.
        traits: factors on the weights of pages: taste, sociability, restlessness.
        tolerance: how much the user puts up with; 1 is usual.
        frailty: log of a factor on the hazard that no event tells of.
        engagement: log of a factor on the pace; wanders, and falls in a slump.
        mismatch: log of a factor on dislikes; wanders as the taste does.
        advert_load: log of a factor on adverts; wanders as campaigns do.
        trouble: days that technical trouble (errors) will go on.
        slump: days that a slump will go on.
        experience: what the user has gone through lately.
        free_at: when the last visit ended, in ms.
        visits: how many visits there were.
        gone: whether the user has cancelled.
    """

    front: bytes
    tail: bytes
    registered_ms: int
    level: int
    pace: float
    stamina: float
    hours_later: int
    charts: tuple[int, int]
    traits: dict[int, float]
    tolerance: float
    frailty: float
    engagement: float
    mismatch: float
    advert_load: float
    trouble: int = 0
    slump: int = 0
    experience: Experience = field(default_factory=Experience)
    free_at: int = 0
    visits: int = 0
    gone: bool = False

    def live_a_day(self, rng: random.Random, trouble_chance: float) -> None:
        """Let a day pass: moods wander, slumps and troubles come and go, memories fade."""
        self.experience.fade()
        low = -1.6 if self.slump else 0.0
        self.engagement += 0.12 * (low - self.engagement) + 0.12 * rng.gauss(0, 1)
        self.mismatch += -0.05 * self.mismatch + 0.24 * rng.gauss(0, 1)
        self.advert_load += -0.05 * self.advert_load + 0.24 * rng.gauss(0, 1)
        if self.slump:
            self.slump -= 1
        elif rng.random() < 0.012:
            self.slump = 5 + int(rng.expovariate(1 / 15))
        if self.trouble:
            self.trouble -= 1
        elif rng.random() < trouble_chance:
            self.trouble = 2 + int(rng.expovariate(1 / 6))

    def pace_today(self) -> float:
        """Return the visits to expect of this day, were it an average one for all."""
        return self.pace * math.exp(self.engagement)

    def expected_songs(self) -> float:
        """Return how many songs a day the user usually plays."""
        return self.pace * self.stamina * (0.84 if self.level == pages.PAID else 0.4)


def make_users(plan: Plan) -> list[User]:
    """Return the users in no telling order: neither ids nor positions say anything of anyone."""
    ids = list(range(2, plan.users + 2))
    seeded(plan.seed, _IDS).shuffle(ids)
    rng = seeded(0)
    users = []
    for number in range(plan.users):
        reseed(rng, plan.seed, _BIRTH, number)
        users.append(_born(rng, plan, ids[number]))
    return users


def _born(rng: random.Random, plan: Plan, user_id: int) -> User:
    newcomer = rng.random() < NEWCOMERS
    if newcomer:
        registered = plan.start_ms + int(rng.random() * plan.days * DAY_MS)
    else:
        registered = plan.start_ms - int((0.3 + rng.expovariate(1 / 65)) * DAY_MS)
    registered -= registered % 1000
    who = people.person(rng)
    who |= {"registration": registered, "gender": "F" if rng.random() < 0.52 else "M"}
    sociability = _about_one(rng, 0.5)
    user = User(
        front=b'"%d"' % user_id,
        tail=b"," + orjson.dumps(who)[1:-1],
        registered_ms=registered,
        level=pages.PAID if not newcomer and rng.random() < 0.5 else pages.FREE,
        pace=0.05 + 0.37 * _about_one(rng, 0.95),
        stamina=100 * _about_one(rng, 0.5),
        hours_later=round(rng.gauss(0, 2)),
        charts=(rng.randrange(catalogue.GENRES), rng.randrange(catalogue.GENRES + 1)),
        traits={
            pages.THUMBS_UP: sociability * _about_one(rng, 0.4),
            pages.ADD_FRIEND: sociability * _about_one(rng, 0.4),
            pages.ADD_TO_PLAYLIST: _about_one(rng, 0.4),
            pages.THUMBS_DOWN: _about_one(rng, 0.4),
            pages.DOWNGRADE: _about_one(rng, 0.6),
            pages.UPGRADE: _about_one(rng, 0.5),
            pages.ERROR: _about_one(rng, 0.6),
            pages.ROLL_ADVERT: _about_one(rng, 0.3),
        },
        tolerance=_about_one(rng, 0.4),
        frailty=rng.gauss(0, 0.3),
        engagement=rng.gauss(0, 0.25),
        mismatch=rng.gauss(0, 0.75),
        advert_load=rng.gauss(0, 0.75),
    )
    if not newcomer:  # their past is what it usually is
        songs = user.expected_songs()
        user.experience = Experience(
            songs_lately=songs,
            songs_usually=songs,
            adverts=songs * (0.9 if user.level == pages.FREE else 0.01),
            dislikes=songs * 0.12,
            joys=songs * 1.1,
            errors=songs * 0.01,
            downgrade_visits=songs * (0.1 if user.level == pages.PAID else 0),
        )
    return user


def _about_one(rng: random.Random, spread: float) -> float:
    """Return a lognormal factor with mean 1."""
    return math.exp(rng.gauss(-spread * spread / 2, spread))
