"""The battery that every domain passes, as River's ``checks`` are for estimators.

    for check in CHECKS:
        check(domain)

Each check raises AssertionError with what is wrong.
"""

import math
import pickle
from collections.abc import Callable, Iterable, Mapping
from itertools import product
from typing import Any

from models.book import Book, Progress
from models.domain import Domain
from models.engine import Engine
from models.errors import BadRecord
from models.events import Event, Outcome
from models.plan import Plan
from models.recipes import Model
from models.sanitise import decode, text
from models.state import StateCodec, pack_features, unpack_features

AnyDomain = Domain[Any, Any]

_GARBAGE: tuple[object, ...] = (
    *(None, "", " ", "NaN", "x" * 9000, -1, 0, 1e308, float("nan"), float("inf"), True),
    *([], {}, [[]], {"a": {}}, 2**80, "\x00", "1538352000000"),
)

#: When a flat row that does not say when it was is taken to have begun.
_AT = 1_704_067_200_000

#: Fields that are personal, or give the outcome away by the order of ids.
_PERSONAL = ("firstName", "lastName", "gender", "email", "name")
_FORBIDDEN = {"userid", *(field.lower() for field in _PERSONAL)}


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise AssertionError(message)


def _parsed(domain: AnyDomain, records: Iterable[Mapping[str, object]]) -> list[Event]:
    events = [domain.parse(record) for record in records]
    return [event for event in events if event is not None]


def _events(domain: AnyDomain) -> list[Event]:
    return _parsed(domain, domain.sample_events())


class _Even:
    """Scores without a model."""

    version = "even@0"

    def score(self, features: dict[str, float]) -> float:  # noqa: ARG002 - as every scorer
        return 0.5

    def predictions(self, features: dict[str, float]) -> dict[str, float]:
        return {"even": self.score(features)}

    def chance(self, features: dict[str, float]) -> float | None:  # noqa: ARG002 - as every scorer
        return None


def _end(domain: AnyDomain, book: Book[Any]) -> None:
    """Let time pass until all is known."""
    Engine(domain, _Even()).advance(book, (book.progress.watermark + 1000 * 86_400_000, ""))


def _run(domain: AnyDomain, events: list[Event]) -> Book[Any]:
    engine: Engine[Any, Any] = Engine(domain, _Even())
    book: Book[Any] = Book(0, Progress.start())
    for offset, event in enumerate(events):
        try:
            engine.step(book, event, offset)
        except BadRecord as error:
            raise AssertionError(f"the engine refuses an event: {error}") from error
    return book


def check_samples(domain: AnyDomain) -> None:
    """The sample events are usable, of several users, and one of these has the outcome."""
    events = _events(domain)
    _require(len({event.user_id for event in events}) > 1, "sample_events need several users")
    book = _run(domain, events)
    _end(domain, book)
    reached = any(event.outcome == Outcome.REACHED for event in events)
    gained = any(example.gain for example in book.examples)
    _require(reached or gained, "sample_events need an outcome that is reached")
    _require(all(domain.event_type(event) for event in events), "event_type must name the event")


def check_garbage(domain: AnyDomain) -> None:
    """``parse`` raises nothing but BadRecord, whatever a field holds."""
    for record in domain.sample_events():
        for field in record:
            for value in _GARBAGE:
                _parse(domain, {**record, field: value})
            _parse(domain, {name: value for name, value in record.items() if name != field})
    _parse(domain, {})
    _parse(domain, decode(b'{"ts": NaN}'))


def _parse(domain: AnyDomain, record: dict[str, object] | Any) -> None:
    try:
        event = domain.parse(record)
    except BadRecord:
        return
    except Exception as error:
        raise AssertionError(f"parse raised {type(error).__name__} on {record}") from error
    if event is not None:
        _require(bool(event.user_id), "an event of no user must be None")
        book = _run(domain, [event])
        check_features_of(domain, book.users[event.user_id].state.data, event.ts)


def check_features(domain: AnyDomain) -> None:
    """Features are finite, in the declared order, and reading them changes nothing."""
    for user in _run(domain, _events(domain)).users.values():
        for later in (0, 3_600_000, 400 * 86_400_000):
            check_features_of(domain, user.state.data, user.state.last_ts + later)


def check_features_of(domain: AnyDomain, data: Any, at: int) -> None:
    """One state's features hold the contract."""
    before = pickle.dumps(data)
    features = domain.features(data, at)
    _require(pickle.dumps(data) == before, "features() must not change the state")
    _require(tuple(features) == domain.feature_names, "features() must follow feature_names")
    for name, value in features.items():
        _require(math.isfinite(value), f"feature {name} is {value}")
        _require(abs(value) < 60_000, f"feature {name} = {value} does not fit a half float")
    packed = pack_features(list(features.values()))
    _require(len(unpack_features(domain.feature_names, packed)) == len(features), "packing")


def check_words(domain: AnyDomain) -> None:
    """Every feature has words for any value it may take."""
    data = _data(domain)
    for name in domain.feature_names:
        for value in (-6.0, -1.0, 0.0, 0.04, 1.0, 12.0):
            _require(
                bool(domain.describe(name, value, data)), f"describe() has no words for {name}"
            )


def check_identity(domain: AnyDomain) -> None:
    """Who a user is reaches neither features nor states: not the id, not a name."""
    for name in domain.feature_names:
        plain = name.lower().replace("_", "")
        _require(plain not in _FORBIDDEN, f"{name} must not be a feature")
    marker = "Zyzzyva"
    records = list(domain.sample_events())
    disguised = [_disguise(domain, record, marker) for record in records]
    users, others = (
        list(_run(domain, _parsed(domain, log)).users.values()) for log in (records, disguised)
    )
    codec: StateCodec[Any] = StateCodec(domain.data_type)
    for user, other in zip(users, others, strict=True):
        at = user.state.last_ts
        same = domain.features(user.state.data, at) == domain.features(other.state.data, at)
        _require(same, "features change with the user's id or name")
        _require(marker.encode() not in codec.encode(other.state), "a name is kept in the state")


def _disguise(domain: AnyDomain, record: Mapping[str, object], marker: str) -> dict[str, object]:
    """Return the record as it would be of somebody else who does the same."""
    event = domain.parse(record)
    changed = {**record, **dict.fromkeys(_PERSONAL, marker)}
    for field, value in record.items():
        if event is not None and text(value) == event.user_id:
            changed[field] = f"someone-{event.user_id}"
    return changed


def check_state(domain: AnyDomain) -> None:
    """A state survives its round trip to bytes, to the bit."""
    codec: StateCodec[Any] = StateCodec(domain.data_type)
    for user in _run(domain, _events(domain)).users.values():
        raw = codec.encode(user.state)
        _require(codec.encode(codec.decode(raw)) == raw, "a state changes when stored")


def check_duplicates(domain: AnyDomain) -> None:
    """An event sent twice changes nothing."""
    events = _events(domain)
    codec: StateCodec[Any] = StateCodec(domain.data_type)
    once = _run(domain, events)
    twice = _run(domain, [event for event in events for _ in range(2)])
    for user_id, user in once.users.items():
        same = codec.encode(user.state) == codec.encode(twice.users[user_id].state)
        _require(same, "a duplicate changes the state: do its natural keys differ?")


def check_late(domain: AnyDomain) -> None:
    """Late events leave features finite."""
    for user in _run(domain, _events(domain)[::-1]).users.values():
        check_features_of(domain, user.state.data, user.state.last_ts)


def check_schedule(domain: AnyDomain) -> None:
    """Snapshot times strictly increase, and the horizon lies ahead."""
    _require(domain.horizon > 0 <= domain.grace, "horizon and grace must lie ahead")
    event = _events(domain)[0]
    data, at = domain.new_data(event), event.ts - 1
    domain.update(data, event)
    for _ in range(100):
        following = domain.next_snapshot(data, at)
        if not following:
            break
        _require(following > at, "next_snapshot must lie after the moment asked about")
        at = following


def check_windows(domain: AnyDomain) -> None:
    """Windows are as many at every age, follow each other, and the last ends after a snapshot."""
    counts = set()
    for user in _run(domain, _events(domain)).users.values():
        at = domain.next_snapshot(user.state.data, user.state.first_ts - 1)
        while at and at < user.state.first_ts + 40 * 86_400_000:
            ends = domain.windows(user.state.data, at)
            counts.add(len(ends))
            _require(list(ends) == sorted(set(ends)), "windows must follow each other")
            _require(ends[-1] > at, "the last window must end after the snapshot")
            within = 0 <= domain.age(user.state.data, at) < len(domain.ages)
            _require(within, "age() must be one of ages")
            at = domain.next_snapshot(user.state.data, at)
    _require(len(counts) <= 1, "there must be as many windows for every snapshot")


def check_known(domain: AnyDomain) -> None:
    """What is known and what is still to come add up to the same whole, whenever it is asked."""
    book = _run(domain, _events(domain))
    _end(domain, book)
    for user_id, user in book.users.items():
        settled = domain.settled(user.state.data)
        for example in book.examples:
            if settled and example.user_id == user_id and example.label is not None:
                whole = domain.known(user.state.data, settled)
                _require(math.isclose(example.label, whole), "known() is not what has come")


def check_rows(domain: AnyDomain) -> None:
    """A flat row unfolds into usable events of one user, in order; a broken one is refused."""
    row = {name: field.example for name, field in domain.row_fields.items()}
    if not row:
        _require(domain.unfold({}, _AT) is None, "unfold() needs row_fields")
        return
    unfolded = domain.unfold(row, _AT)
    _require(bool(unfolded), "the examples of row_fields must be a row")
    events = _parsed(domain, unfolded or ())
    times = [event.ts for event in events]
    _require(len(events) == len(unfolded or ()), "an unfolded event belongs to no user")
    _require(times == sorted(times), "unfolded events must be in order")
    _require(len({event.user_id for event in events}) == 1, "a row is of one user")
    for name, value in ((name, value) for name in row for value in _GARBAGE):
        try:
            for record in domain.unfold({**row, name: value}, _AT) or ():
                domain.parse(record)
        except BadRecord as error:
            _require(error.field in row, f"{error} must name the wrong field")
        except Exception as error:
            raise AssertionError(f"unfold raised {type(error).__name__}, {name}={value}") from error


def check_simulation(domain: AnyDomain) -> None:
    """A simulated log, if there is one, is in order, usable, and the same for the same plan."""
    if type(domain).simulate is Domain.simulate:
        return
    plan = Plan(users=30, days=3, seed=7)
    log = list(domain.simulate(plan))
    _require(log == list(domain.simulate(plan)), "the same plan gives another log")
    times = [ts for ts, _ in log]
    _require(bool(times) and times == sorted(times), "a simulated log must be in order")
    for ts, record in log:
        event = domain.parse(record)
        _require(event is None or event.ts == ts, "a simulated record has another time")


def check_fields(domain: AnyDomain) -> None:
    """Every record has the fields that people are told of, with valid values."""
    for record in domain.sample_events():
        for name, field in domain.fields.items():
            _require(name in record or not field.required, f"sample_events lack {name}")
            if field.valid and record.get(name) is not None:
                _require(record[name] in field.valid, f"{name} is {record[name]}")


def check_labels(domain: AnyDomain) -> None:
    """Every snapshot is labelled exactly once, in the end."""
    book = _run(domain, _events(domain))
    _end(domain, book)
    counts = book.progress.counts
    last = [example.id for example in book.examples if example.label is not None]
    labelled = set(last)
    _require(bool(labelled), "sample_events must lead to a snapshot")
    _require(counts.pending == 0, f"{counts.pending} snapshots never got their label")
    once = len(labelled) == len(last) == counts.labels
    _require(once, "a snapshot was labelled twice")


def check_watch(domain: AnyDomain) -> None:
    """Drift is looked for in features that there are, and no outcome is counted twice for it."""
    categorical, trending = set(domain.categorical), set(domain.trending)
    unknown = sorted((categorical | trending) - set(domain.feature_names))
    _require(not unknown, f"categorical or trending, but no features: {unknown}")
    both = sorted(categorical & trending)
    _require(not both, f"categorical and trending at once: {both}")
    _require(domain.settling > 0, "settling must be above 0")
    book = _run(domain, _events(domain))
    _end(domain, book)
    known: dict[str, int] = {}
    for taken in book.taken:
        _require(
            taken.at >= known.get(taken.user_id, 0),
            "overlap is too small: two snapshots of a user, both watched, share an outcome",
        )
        data = book.users[taken.user_id].state.data
        known[taken.user_id] = domain.windows(data, taken.at)[-1]


def check_recipes(domain: AnyDomain) -> None:
    """Models predict before they have learnt, learn, and go on the same after pickling."""
    names = [recipe.name for recipe in domain.recipes]
    _require(len(names) == len(set(names)) > 0, "recipes need names of their own")
    rows = [
        domain.features(user.state.data, user.state.last_ts + hours * 3_600_000)
        for hours in (0, 5, 50)
        for user in _run(domain, _events(domain)).users.values()
    ]
    for recipe in domain.recipes:
        model = recipe.build()
        _learn(domain, recipe.name, model, rows)
        copy = pickle.loads(pickle.dumps(model))  # noqa: S301 - our own bytes, just made
        same = _learn(domain, recipe.name, copy, rows) == _learn(domain, recipe.name, model, rows)
        _require(same, f"{recipe.name} predicts otherwise after pickling")


def _learn(domain: AnyDomain, name: str, model: Model, rows: list[dict[str, float]]) -> list[float]:
    """Predict and learn in turn; return the predictions."""
    windows = len(domain.windows(_data(domain), 0))
    predictions = []
    for row in rows:
        predictions.append(model.predict(row))
        said = domain.objective.valid(predictions[-1])
        _require(said, f"{name} predicts {predictions[-1]}, no {domain.objective.kind}")
        for window, gain in product(range(windows), (0.0, 1.0, 0.0)):
            model.learn(row, gain, window)
    return predictions


def _data(domain: AnyDomain) -> Any:
    return next(iter(_run(domain, _events(domain)).users.values())).state.data


CHECKS: tuple[Callable[[AnyDomain], None], ...] = (
    check_schedule,  # first: the others would never end if time stood still
    check_samples,
    check_garbage,
    check_features,
    check_words,
    check_identity,
    check_state,
    check_duplicates,
    check_late,
    check_windows,
    check_labels,
    check_known,
    check_rows,
    check_fields,
    check_simulation,
    check_watch,
    check_recipes,
)


def check_domain(domain: AnyDomain) -> None:
    """Run the whole battery.

    Raises:
        AssertionError: the domain breaks its contract; the message says how.
    """
    for check in CHECKS:
        check(domain)
