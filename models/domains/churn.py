"""Churn of a music service's subscribers, from its 18-field event log.

Outcome: ``Cancellation Confirmation`` within 10 days of a daily snapshot. ``Cancel`` comes half a
minute before it and gives the answer away, so the user is frozen from there on. Ids, names and
gender are no features; totals since registration neither, because they encode when the log ends.
"""

from collections.abc import Mapping, Sequence
from enum import IntEnum
from functools import partial
from math import exp, expm1, log, log1p
from typing import ClassVar

import msgspec

from models import binary, sanitise
from models.decay import DAY, Decayed
from models.domain import Domain
from models.errors import BadRecord
from models.events import Event, Outcome, natural_key
from models.fields import EVENT_NAMES, USER_NAMES, Field
from models.lean_river import optim
from models.recipes import Recipe
from models.words import Words, fading, rate, share

HOUR_MS, DAY_MS = 3_600_000, 86_400_000

#: Decay scales in ms: what happened today, this week, this month.
TAUS = _DAY, _WEEK, _MONTH = (1 * DAY, 7 * DAY, 30 * DAY)


class Kind(IntEnum):
    """Groups of pages, each counted with decay, the more telling ones by more scales."""

    SONGS = 0
    SESSIONS = 1  # no page: the sessions themselves
    THUMBS_UP = 2
    THUMBS_DOWN = 3
    ADVERTS = 4
    ERRORS = 5
    DOWNGRADE_VISITS = 6
    HOME_VISITS = 7
    PLAYLIST_ADDITIONS = 8
    FRIENDS_ADDED = 9
    HELP_VISITS = 10
    SETTINGS_VISITS = 11
    UPGRADE_VISITS = 12
    OTHER = 13


#: How many kinds each scale counts: the first 2 by the day, 8 by the week, all but the last by the
#: month.
_COUNTED = _BY_DAY, _BY_WEEK, _BY_MONTH = 2, 8, 13

#: The pages and their groups; the position of a page is its id in the natural key.
PAGES: dict[str, Kind] = {
    "NextSong": Kind.SONGS,
    "Thumbs Up": Kind.THUMBS_UP,
    "Thumbs Down": Kind.THUMBS_DOWN,
    "Roll Advert": Kind.ADVERTS,
    "Error": Kind.ERRORS,
    "Add to Playlist": Kind.PLAYLIST_ADDITIONS,
    "Add Friend": Kind.FRIENDS_ADDED,
    "Home": Kind.HOME_VISITS,
    **dict.fromkeys(("Help", "About"), Kind.HELP_VISITS),
    **dict.fromkeys(("Settings", "Save Settings"), Kind.SETTINGS_VISITS),
    **dict.fromkeys(("Downgrade", "Submit Downgrade"), Kind.DOWNGRADE_VISITS),
    **dict.fromkeys(("Upgrade", "Submit Upgrade"), Kind.UPGRADE_VISITS),
    **dict.fromkeys(("Login", "Logout", "Register", "Submit Registration"), Kind.OTHER),
    **dict.fromkeys(("Cancel", "Cancellation Confirmation"), Kind.OTHER),
}
_OUTCOMES = {"Cancel": Outcome.SIGN, "Cancellation Confirmation": Outcome.REACHED}
#: By page: its id, its group and what it says of the outcome, as plain ints.
_PAGES = {
    page: (index, int(kind), int(_OUTCOMES.get(page, Outcome.NONE)))
    for index, (page, kind) in enumerate(PAGES.items())
}
_LEVELS = {"free": 0, "paid": 1}
_UNKNOWN, _SONGS, _SESSIONS = (len(PAGES), int(Kind.OTHER), int(Outcome.NONE)), 0, 1


class ChurnEvent(Event, gc=False):
    """One event of the music service.

    Attributes:
        page: as logged, cut to 256 characters; one that is unknown counts as ``Kind.OTHER``.
        kind: the page's group.
        session: session id, 0 if missing.
        level: 1 paid, 0 free, -1 unknown.
        registration: ms since 1970, 0 if unknown.
    """

    page: str = ""
    kind: int = 0
    session: int = 0
    level: int = -1
    registration: int = 0


class ChurnData(msgspec.Struct, array_like=True):
    """What is kept of a subscriber.

    Attributes:
        counts: decayed counts by ``Kind``.
        last_ts: newest event, ms.
        first_ts: oldest event of this life, ms.
        registration: ms since 1970; the first event's time while unknown.
        session: id of the current session, -1 before the first.
        session_start: when it began, ms.
        session_songs: songs in it so far.
        mean_songs: running mean of songs a session, -1 before the first session has ended.
        mean_gap: running mean of hours between sessions, -1 before the second session.
        level: 1 paid, 0 free, -1 unknown.
        level_since: when the level last changed, ms; 0 for never seen to change.
    """

    counts: Decayed
    last_ts: int
    first_ts: int
    registration: int
    session: int
    session_start: int
    session_songs: int
    mean_songs: float
    mean_gap: float
    level: int
    level_since: int


#: Usual shares of the songs, by kind. A share feature is the log of how many times the usual it is,
#: after ``_SMOOTH`` songs of the usual share: a few songs do not make an extreme.
_USUAL = {2: 0.055, 3: 0.011, 4: 0.05, 5: 0.001, 6: 0.009}
_UPS, _DOWNS, _ADVERTS, _ERRORS, _LEAVING = (30.0 / usual for usual in _USUAL.values())
_SMOOTH, _LEVEL_DAYS = 30.0, 14.0  # a change of level is felt for about two weeks

_KINDS = [(kind.name.lower(), kind) for kind in Kind]

#: Every feature, in order, and how to say it.
_WORDS: dict[str, Words] = {
    **{f"{name}_1d": rate(name, 1) for name, kind in _KINDS if kind < _BY_DAY},
    **{f"{name}_7d": rate(name, 7) for name, kind in _KINDS if kind < _BY_WEEK},
    **{f"{name}_30d": rate(name, 30) for name, kind in _KINDS if kind < _BY_MONTH},
    **{f"{name}_per_song": share(name, "song", _USUAL[kind]) for name, kind in _KINDS[2:7]},
    "days_silent": Words("no activity for {} days", expm1),
    "songs_a_session": Words("{} songs a session", expm1),
    "hours_between_sessions": Words("{} hours between sessions", expm1),
    "silence_against_rhythm": Words("silent for {} times the usual pause", exp),
    "paid": Words("pays", at_zero="listens for free"),
    "upgraded_lately": fading("upgraded", _LEVEL_DAYS),
    "downgraded_lately": fading("downgraded", _LEVEL_DAYS),
    "days_registered": Words("registered {} days ago", expm1),
}
FEATURES = tuple(_WORDS)

#: Rhythm, level and tenure told little beside the rates: their weights start out less free.
_DOUBTED = dict.fromkeys(FEATURES[FEATURES.index("days_silent") :], 0.1)


def _blend(mean: float, value: float) -> float:
    return mean + 0.3 * (value - mean) if mean >= 0.0 else float(value)


#: Log-odds of cancelling within the horizon before anything has been learnt: about 1 in 25.
_PRIOR = -3.2
_kalman = partial(binary.kalman_logistic, _PRIOR, 0.003, _DOUBTED)
_steady = partial(binary.steady_kalman, _PRIOR, 0.003, _DOUBTED)
_descending = partial(binary.descending_logistic, _PRIOR)
_sgd = partial(_descending, partial(optim.SGD, 0.001))
_adagrad = partial(_descending, partial(optim.AdaGrad, 0.03))

_RECIPES: tuple[Recipe, ...] = (
    Recipe("kalman_logistic", "Bayesian logistic regression", _kalman),
    # better calibrated where the expected rate of cancellations is right, and less shaken by drift,
    # so that it is a worse witness of it: it has to win its place
    Recipe("steady_kalman", "Bayesian logistic regression, steady level", _steady),
    Recipe("sgd_logistic", "SGD logistic regression", partial(binary.sgd_logistic, _PRIOR)),
)

#: Worth a try at each retraining (`python -m benchmarks.quality.bakeoff`).
_CANDIDATES: tuple[Recipe, ...] = (
    Recipe(
        "fading_kalman",
        "Bayesian logistic regression, steady level, that forgets",
        partial(_steady, forgetting=0.9998),
    ),
    Recipe("steady_sgd", "SGD logistic regression, steady level", _sgd),
    Recipe("adagrad_logistic", "AdaGrad logistic regression", _adagrad),
    Recipe(
        "adam_logistic",
        "Adam logistic regression",
        partial(_descending, partial(optim.Adam, 0.0003), 0.01),
    ),
    Recipe(
        "bagged_logistic",
        "ADWIN bagging of logistic regressions",
        partial(binary.bagged_logistic, _PRIOR),
    ),
    Recipe("adaptive_tree", "Hoeffding adaptive tree", partial(binary.adaptive_tree, _PRIOR)),
    Recipe("adaptive_forest", "adaptive random forest", partial(binary.adaptive_forest, _PRIOR)),
    Recipe(
        "stack",
        "stack of Bayesian, SGD and AdaGrad logistic regressions",
        partial(binary.stack, _PRIOR, (_steady, _sgd, _adagrad)),
    ),
    Recipe("forest", "online random forest", partial(binary.forest, _PRIOR)),
)


#: What of a record is read; the log has more fields, such as the song.
_FIELDS = {
    "ts": sanitise.TS_FIELD,
    "userId": Field("string", "The subscriber.", "1001", required=True, alike=USER_NAMES),
    "page": Field(
        "string",
        "What was visited; one that is unknown counts too.",
        "NextSong",
        required=True,
        known=tuple(PAGES),
        alike=EVENT_NAMES,
    ),
    "sessionId": Field("integer", "The visit.", 29, alike=("session", "visit id", "visit")),
    "itemInSession": Field(
        "integer", "Position in the visit.", 50, alike=("position", "sequence", "seq")
    ),
    "auth": Field("string", "Whether the user is logged in.", "Logged In"),
    "level": Field(
        "string",
        "What the user pays for.",
        "paid",
        valid=tuple(_LEVELS),
        alike=("plan", "tier", "subscription", "subscription type"),
    ),
    "registration": Field(
        "integer",
        "When the user registered, in ms since 1970.",
        1_538_173_362_000,
        is_time=True,
        alike=(
            *("registered at", "registered", "registration date", "signup at", "signup"),
            *("signup date", "signed up at", "signed up", "joined at", "joined", "member since"),
        ),
    ),
}


class Churn(Domain[ChurnEvent, ChurnData]):
    """Will this subscriber cancel within 10 days?"""

    name = "churn"
    title = "cancellation within 10 days"
    data_type = ChurnData
    feature_names = FEATURES
    fields = _FIELDS
    horizon = 10 * DAY_MS
    grace = 1 * HOUR_MS
    freeze = 1 * DAY_MS
    dormant_after = 60 * DAY_MS
    overlap = 10
    categorical: ClassVar[tuple[str, ...]] = ("paid",)
    # the mean pause needs time to be known, and both grow as a log does
    trending: ClassVar[tuple[str, ...]] = ("days_registered", "hours_between_sessions")
    recipes = _RECIPES
    candidates = _CANDIDATES

    def parse(self, record: Mapping[str, object]) -> ChurnEvent | None:
        """Return the event; None when nobody is logged in."""
        get = record.get
        ts = sanitise.millis(get("ts"))
        if ts is None:
            raise BadRecord("bad_ts", sanitise.BAD_TS, "ts")
        page = get("page")
        if type(page) is not str or page not in _PAGES:
            page = sanitise.text(page)
            if page is None:
                raise BadRecord("bad_page", "page is missing or empty", "page", tuple(PAGES))
        page_id, kind, outcome = _PAGES.get(page, _UNKNOWN)
        user_id = sanitise.text(get("userId"))
        if user_id is None:
            self._check_anonymous(record)
            return None
        session = sanitise.integer(get("sessionId")) or 0
        item = sanitise.integer(get("itemInSession")) or 0
        if not outcome and get("auth") == "Cancelled":
            outcome = 1
        level = get("level")
        return ChurnEvent(
            user_id,
            ts,
            natural_key(ts, session, item, page_id),
            outcome,
            page,
            kind,
            session,
            _LEVELS.get(level, -1) if type(level) is str else -1,
            sanitise.millis(get("registration")) or 0,
        )

    def _check_anonymous(self, record: Mapping[str, object]) -> None:
        """Accept a record without a user only when it says so itself."""
        auth = record.get("auth")
        if auth in ("Logged In", "Cancelled"):
            raise BadRecord(
                "bad_user", f"userId is missing or unusable while auth is {auth}", "userId"
            )
        if not isinstance(record.get("userId"), str | None):
            raise BadRecord("bad_user", "userId is neither text nor a whole number", "userId")

    def event_type(self, event: ChurnEvent) -> str:
        """Return the page."""
        return event.page

    def new_data(self, event: ChurnEvent) -> ChurnData:
        """Return an empty state that begins with this event."""
        ts = event.ts
        counts, known_since = Decayed.empty(ts, _COUNTED), min(event.registration or ts, ts)
        return ChurnData(counts, ts, ts, known_since, -1, ts, 0, -1.0, -1.0, event.level, 0)

    def update(self, data: ChurnData, event: ChurnEvent) -> None:
        """Count the page, follow the session and the level."""
        ts, kind, level = event.ts, event.kind, event.level
        data.counts.add(TAUS, ts, kind)
        if event.session != data.session:
            self._new_session(data, event)
        if kind == _SONGS:
            data.session_songs += 1
        if level != data.level and level >= 0:
            if data.level >= 0:
                data.level_since = ts
            data.level = level
        if event.registration and event.registration <= data.first_ts:
            data.registration = event.registration
        data.last_ts = ts

    def _new_session(self, data: ChurnData, event: ChurnEvent) -> None:
        ts = event.ts
        data.counts.add(TAUS, ts, _SESSIONS)
        if data.session != -1:
            data.mean_songs = _blend(data.mean_songs, data.session_songs)
            data.mean_gap = _blend(data.mean_gap, (ts - data.session_start) / HOUR_MS)
        data.session = event.session
        data.session_start = ts
        data.session_songs = 0

    def update_late(self, data: ChurnData, event: ChurnEvent) -> None:
        """Count the page; sessions and levels depend on order and stay as they are."""
        data.counts.add(TAUS, event.ts, event.kind)

    def features(self, data: ChurnData, at: int) -> dict[str, float]:
        """Return rates a day (log scale), shares, rhythm, level and tenure."""
        counts, known = data.counts, data.first_ts - DAY - at
        first, second, third = counts.landmarks
        # a decayed sum over the decayed time observed is a rate: who is new is not "low"
        # (``Decayed.factor``, written out because this runs at every event)
        day = exp((first - at) / _DAY) * DAY / _DAY / (1.0 - exp(known / _DAY))
        week = exp((second - at) / _WEEK) * DAY / _WEEK / (1.0 - exp(known / _WEEK))
        month = exp((third - at) / _MONTH) * DAY / _MONTH / (1.0 - exp(known / _MONTH))
        today, lately, usually = counts.sums
        songs, ups, downs = usually[0] * month, usually[2] * month, usually[3] * month
        adverts, errors, leaving = usually[4] * month, usually[5] * month, usually[6] * month
        played = songs * 30.0 + _SMOOTH
        silent = (at - data.last_ts) / DAY
        gap = log1p(data.mean_gap if data.mean_gap >= 0.0 else 48.0)
        visit = data.mean_songs if data.mean_songs >= 0.0 else data.session_songs
        changed = exp((data.level_since - at) / DAY / _LEVEL_DAYS) if data.level_since else 0.0
        paid = data.level == 1
        # one literal, because this runs at every event
        return {
            "songs_1d": log1p(today[0] * day),
            "sessions_1d": log1p(today[1] * day),
            "songs_7d": log1p(lately[0] * week),
            "sessions_7d": log1p(lately[1] * week),
            "thumbs_up_7d": log1p(lately[2] * week),
            "thumbs_down_7d": log1p(lately[3] * week),
            "adverts_7d": log1p(lately[4] * week),
            "errors_7d": log1p(lately[5] * week),
            "downgrade_visits_7d": log1p(lately[6] * week),
            "home_visits_7d": log1p(lately[7] * week),
            "songs_30d": log1p(songs),
            "sessions_30d": log1p(usually[1] * month),
            "thumbs_up_30d": log1p(ups),
            "thumbs_down_30d": log1p(downs),
            "adverts_30d": log1p(adverts),
            "errors_30d": log1p(errors),
            "downgrade_visits_30d": log1p(leaving),
            "home_visits_30d": log1p(usually[7] * month),
            "playlist_additions_30d": log1p(usually[8] * month),
            "friends_added_30d": log1p(usually[9] * month),
            "help_visits_30d": log1p(usually[10] * month),
            "settings_visits_30d": log1p(usually[11] * month),
            "upgrade_visits_30d": log1p(usually[12] * month),
            "thumbs_up_per_song": log((ups * _UPS + _SMOOTH) / played),
            "thumbs_down_per_song": log((downs * _DOWNS + _SMOOTH) / played),
            "adverts_per_song": log((adverts * _ADVERTS + _SMOOTH) / played),
            "errors_per_song": log((errors * _ERRORS + _SMOOTH) / played),
            "downgrade_visits_per_song": log((leaving * _LEAVING + _SMOOTH) / played),
            "days_silent": log1p(silent),
            "songs_a_session": log1p(visit),
            "hours_between_sessions": gap,
            "silence_against_rhythm": log1p(24.0 * silent) - gap,
            "paid": 1.0 if paid else 0.0,
            "upgraded_lately": changed if paid else 0.0,
            "downgraded_lately": 0.0 if paid else changed,
            "days_registered": log1p(max(0.0, (at - data.registration) / DAY)),
        }

    def next_snapshot(self, data: ChurnData, after: int) -> int:
        """Return the next whole day since the user was first seen."""
        return data.first_ts + max(1, (after - data.first_ts) // DAY_MS + 1) * DAY_MS

    def describe(self, feature: str, value: float, data: ChurnData) -> str:  # noqa: ARG002 - numbers only
        """Say a feature's value in words."""
        return _WORDS[feature].say(value)

    def sample_events(self) -> Sequence[Mapping[str, object]]:
        """Return a subscriber who listens and one who cancels."""
        start, listens = 1_538_352_000_000, ("Home", "NextSong", "Thumbs Up", "NextSong", "Error")
        visits = [("1001", "paid", 0, page) for page in listens]
        visits += [("1002", "free", 0, page) for page in (*listens, "Roll Advert")]
        visits += [("1002", "free", 3, page) for page in ("Cancel", "Cancellation Confirmation")]
        return [
            {
                "ts": start + days * DAY_MS + item * 33_000,
                "userId": user,
                "sessionId": int(user) + days,
                "page": page,
                "auth": "Cancelled" if page == "Cancellation Confirmation" else "Logged In",
                "level": level,
                "itemInSession": item,
                "registration": start - 9e9,
            }
            for item, (user, level, days, page) in enumerate(visits)
        ]


DOMAIN = Churn()
