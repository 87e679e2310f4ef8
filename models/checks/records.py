"""What comes in: events and flat rows, whole, broken and made up."""

from typing import Any

from models.checks.features import check_features_of
from models.checks.trial import AnyDomain, finish, parsed, require, run, sample
from models.domain import Domain
from models.errors import BadRecord
from models.events import Outcome
from models.plan import Plan
from models.sanitise import decode

_GARBAGE: tuple[object, ...] = (
    *(None, "", " ", "NaN", "x" * 9000, -1, 0, 1e308, float("nan"), float("inf"), True),
    *([], {}, [[]], {"a": {}}, 2**80, "\x00", "1538352000000"),
)

#: When a flat row that does not say when it was is taken to have begun.
_AT = 1_704_067_200_000


def check_samples(domain: AnyDomain) -> None:
    """The sample events are usable, of several users, and one of these has the outcome."""
    events = sample(domain)
    require(len({event.user_id for event in events}) > 1, "sample_events need several users")
    book = run(domain, events)
    finish(domain, book)
    reached = any(event.outcome == Outcome.REACHED for event in events)
    gained = any(example.gain for example in book.examples)
    require(reached or gained, "sample_events need an outcome that is reached")
    require(all(domain.event_type(event) for event in events), "event_type must name the event")


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
        require(bool(event.user_id), "an event of no user must be None")
        book = run(domain, [event])
        check_features_of(domain, book.users[event.user_id].state.data, event.ts)


def check_rows(domain: AnyDomain) -> None:
    """A flat row unfolds into usable events of one user, in order; a broken one is refused."""
    row = {name: field.example for name, field in domain.row_fields.items()}
    if not row:
        require(domain.unfold({}, _AT) is None, "unfold() needs row_fields")
        return
    unfolded = domain.unfold(row, _AT)
    require(bool(unfolded), "the examples of row_fields must be a row")
    events = parsed(domain, unfolded or ())
    times = [event.ts for event in events]
    require(len(events) == len(unfolded or ()), "an unfolded event belongs to no user")
    require(times == sorted(times), "unfolded events must be in order")
    require(len({event.user_id for event in events}) == 1, "a row is of one user")
    for name, value in ((name, value) for name in row for value in _GARBAGE):
        try:
            for record in domain.unfold({**row, name: value}, _AT) or ():
                domain.parse(record)
        except BadRecord as error:
            require(error.field in row, f"{error} must name the wrong field")
        except Exception as error:
            raise AssertionError(f"unfold raised {type(error).__name__}, {name}={value}") from error


def check_fields(domain: AnyDomain) -> None:
    """Every record has the fields that people are told of, with valid values."""
    for record in domain.sample_events():
        for name, field in domain.fields.items():
            require(name in record or not field.required, f"sample_events lack {name}")
            if field.valid and record.get(name) is not None:
                require(record[name] in field.valid, f"{name} is {record[name]}")


def check_simulation(domain: AnyDomain) -> None:
    """A simulated log, if there is one, is in order, usable, and the same for the same plan."""
    if type(domain).simulate is Domain.simulate:
        return
    plan = Plan(users=30, days=3, seed=7)
    log = list(domain.simulate(plan))
    require(log == list(domain.simulate(plan)), "the same plan gives another log")
    times = [ts for ts, _ in log]
    require(bool(times) and times == sorted(times), "a simulated log must be in order")
    for ts, record in log:
        event = domain.parse(record)
        require(event is None or event.ts == ts, "a simulated record has another time")
