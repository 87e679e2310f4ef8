"""What ``predict`` is asked: one user or many, each by events or by a flat row."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from api.problems import Problem
from models.domain import Domain
from models.errors import BadRecord
from models.events import Event
from models.sanitise import MAX_TS, millis

#: The most users of a request, and the most events of all of them together.
MOST_INSTANCES, MOST_EVENTS = 1000, 20_000

#: Wrong fields that are named at once.
_SHOWN = 10

AnyDomain = Domain[Any, Any]


@dataclass(frozen=True)
class Case:
    """One user to be scored.

    Attributes:
        events: typed, at least one, of one user.
        at: the moment (ms) asked about; 0 for that of the last event.
    """

    events: Sequence[Event]
    at: int


class _Wrong(Exception):
    """Wrong fields."""

    def __init__(self, *errors: dict[str, object]) -> None:
        self.errors = errors


def read_body(domain: AnyDomain, raw: bytes) -> tuple[list[Case], bool]:
    """Return the users asked about, and whether the request asks about many.

    Raises:
        Problem: 422, with every wrong field (the first ten) and what is valid there.
    """
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise _problem([_error("body", f"not valid JSON (character {error.pos})")]) from None
    many = isinstance(body, dict) and "instances" in body
    errors: list[dict[str, object]] = []
    cases: list[Case] = []
    try:
        wanted = _instances(body) if many else [("body", body)]
    except _Wrong as wrong:
        raise _problem(wrong.errors) from None
    left = MOST_EVENTS
    for path, instance in wanted:
        try:
            cases.append(_case(domain, path, instance, left))
            left -= len(cases[-1].events)
        except _Wrong as wrong:
            errors += wrong.errors
            if len(errors) >= _SHOWN:
                break
    if errors:
        raise _problem(errors[:_SHOWN])
    return cases, many


def _instances(body: Mapping[str, object]) -> list[tuple[str, object]]:
    _only(body, ("instances",), "body")
    instances = body["instances"]
    if not isinstance(instances, list) or not 0 < len(instances) <= MOST_INSTANCES:
        raise _Wrong(_error("body.instances", f"must be a list of 1 to {MOST_INSTANCES} objects"))
    return [(f"body.instances.{n}", instance) for n, instance in enumerate(instances)]


def _case(domain: AnyDomain, path: str, instance: object, left: int) -> Case:
    if not isinstance(instance, dict):
        raise _Wrong(_error(path, "must be an object"))
    if "events" in instance:
        _only(instance, ("events", "as_of"), path)
        events = _events(domain, path, instance["events"], left)
        return Case(events, _as_of(instance.get("as_of"), events, path))
    if not domain.row_fields:
        raise _Wrong(_error(f"{path}.events", "is missing: a list of events"))
    _only(instance, tuple(domain.row_fields), path)
    now = int(time.time() * 1000)
    try:
        records = domain.unfold(instance, now) or ()
        if len(records) > left:
            raise _Wrong(_error(path, f"stands for more than {left:,} events; ask in parts"))
        events = [event for event in map(domain.parse, records) if event is not None]
    except BadRecord as error:
        raise _Wrong(_bad(path, error)) from None
    if events[0].ts == now:  # it does not say when it was: what it sums up lies behind us
        ahead = events[-1].ts - now
        for event in events:
            event.ts -= ahead
    return Case(events, 0)


def _only(given: Mapping[str, object], valid: tuple[str, ...], path: str) -> None:
    unknown = [name for name in given if name not in valid]
    if unknown:
        raise _Wrong(*(_error(f"{path}.{name}", "is not known", valid) for name in unknown))


def _events(domain: AnyDomain, path: str, given: object, left: int) -> list[Event]:
    if not isinstance(given, list) or not given:
        raise _Wrong(_error(f"{path}.events", "must be a list of events, at least one"))
    if len(given) > left:
        raise _Wrong(_error(f"{path}.events", f"has more than {left:,} events; ask in parts"))
    events: list[Event] = []
    errors = []
    for number, record in enumerate(given):
        place = f"{path}.events.{number}"
        if not isinstance(record, dict):
            errors.append(_error(place, "must be an object"))
            continue
        try:
            event = domain.parse(record)
        except BadRecord as error:
            errors.append(_bad(place, error))
            continue
        if event is None:
            errors.append(_error(place, "belongs to no user"))
        elif events and event.user_id != events[0].user_id:
            said = "is of another user than the first one; ask about each as one of `instances`"
            errors.append(_error(place, said))
        else:
            events.append(event)
    if errors:
        raise _Wrong(*errors)
    return events


def _as_of(given: object, events: Sequence[Event], path: str) -> int:
    if given is None:
        return 0
    at, last = millis(given), max(event.ts for event in events)
    if at is None or at < last:
        said = f"must be ms since 1970, from the last event ({last}) to {MAX_TS - 1}"
        raise _Wrong(_error(f"{path}.as_of", said))
    return at


def _bad(path: str, error: BadRecord) -> dict[str, object]:
    field = f"{path}.{error.field}" if error.field else path
    return _error(field, error.detail, error.valid)


def _error(field: str, message: str, valid: Sequence[str] = ()) -> dict[str, object]:
    return {"field": field, "message": message} | ({"valid": list(valid)} if valid else {})


def _problem(errors: Sequence[dict[str, object]]) -> Problem:
    detail = "; ".join(f"{e['field']}: {e['message']}" for e in errors)
    return Problem("invalid-request", detail, errors=list(errors))
