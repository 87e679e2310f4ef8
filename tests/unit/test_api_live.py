"""Who is sent what, and how a stream is judged."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
import pytest
from fastapi.sse import KEEPALIVE_COMMENT

from api.live.event import Event, event
from api.live.hub import MOST_WAITING, Hub, Listener
from api.live.news import MOST_SCORES, News, ScoreNews
from api.live.status import FRESH_MS, Speed, health
from models.effects import Scored
from stream.glimpse import decode_alarm
from stream.latest import MOST, decode_latest, encode_latest
from stream.metrics import Metrics
from stream.pulse import Sign
from stream.reader import Position
from tests.drift_parts import alarm

NOW = 1_700_000_000_000


def named(kind: str, number: int, domain: str = "churn", own: str = "") -> Event:
    return event(kind, domain, {"n": number}, number=own)


def wire(*events: Event) -> bytes:
    return b"".join(one.wire for one in events)


def run(scenario: Callable[[Hub, Metrics], Awaitable[None]]) -> None:
    async def main() -> None:
        metrics = Metrics()
        await scenario(Hub(metrics, most=5), metrics)

    asyncio.run(main())


def test_who_comes_gets_the_whole_picture_and_then_what_changes() -> None:
    async def scenario(hub: Hub, _: Metrics) -> None:
        hub.show("churn", named("ranking", 1))
        hub.show("churn", named("status", 1))
        hub.show("churn", named("status", 2))
        hub.show("other", named("status", 1, "other"))
        hub.remember("churn", named("alarms", 1))
        hub.tell("churn", named("alarm", 1, own="a"))
        with hub.listening(named("hello", 0, ""), ["churn"]) as listener:
            picture = named("alarms", 1), named("status", 2), named("ranking", 1)
            assert await anext(listener) == wire(named("hello", 0, ""), *picture)
            hub.show("other", named("status", 2, "other"))
            hub.show("churn", named("status", 3))
            assert await anext(listener) == wire(named("status", 3))

    run(scenario)


def test_what_has_not_changed_is_not_told_again() -> None:
    async def scenario(hub: Hub, _: Metrics) -> None:
        with hub.listening(named("hello", 0, ""), ["churn"]) as listener:
            await anext(listener)
            for number in (1, 1, 2, 2, 1):
                hub.show_change("churn", named("ranking", number))
                if listener.waiting:
                    assert await anext(listener) == wire(named("ranking", number))
                    number_of_last = number
            assert number_of_last == 1

    run(scenario)


def test_a_slow_reader_skips_and_holds_up_nobody() -> None:
    async def scenario(hub: Hub, _: Metrics) -> None:
        with (
            hub.listening(named("hello", 0, ""), ["churn"]) as slow,
            hub.listening(named("hello", 0, ""), ["churn"]) as quick,
        ):
            await anext(quick)
            for number in range(10_000):
                hub.show("churn", named("status", number))
                assert await anext(quick) == wire(named("status", number))
            assert slow.waiting == 2
            assert await anext(slow) == wire(named("hello", 0, ""), named("status", 9_999))

    run(scenario)


def test_alarms_are_never_skipped_but_who_is_too_far_behind_is_cut_off() -> None:
    async def scenario(hub: Hub, _: Metrics) -> None:
        with hub.listening(named("hello", 0, ""), ["churn"]) as listener:
            await anext(listener)
            alarms = [named("alarm", n, own=str(n)) for n in range(MOST_WAITING + 1)]
            for one in alarms[:-1]:
                hub.tell("churn", one)
            assert await anext(listener) == wire(*alarms[:-1])
            for one in alarms:
                hub.tell("churn", one)
            assert listener.waiting == 0
            hub.tell("churn", alarms[0])
            with pytest.raises(StopAsyncIteration):
                await anext(listener)

    run(scenario)


def test_silence_is_filled_with_comments() -> None:
    async def main() -> None:
        listener = Listener(["churn"], keep_alive=0.01)
        assert await anext(listener) == await anext(listener) == KEEPALIVE_COMMENT
        assert KEEPALIVE_COMMENT.startswith(b":")
        listener.put(named("status", 1))
        assert await anext(listener) == wire(named("status", 1))

    asyncio.run(main())


def test_closing_ends_those_who_wait_and_those_who_come_later() -> None:
    async def scenario(hub: Hub, _: Metrics) -> None:
        with hub.listening(named("hello", 0, ""), ["churn"]) as listener:
            await anext(listener)
            waiting = asyncio.create_task(_take(listener))
            await asyncio.sleep(0)
            hub.close()
            assert await waiting is None
        with hub.listening(named("hello", 0, ""), ["churn"]) as late:
            assert await _take(late) is None

    run(scenario)


async def _take(listener: Listener) -> bytes | None:
    return await anext(listener, None)


def test_listeners_are_counted() -> None:
    async def scenario(hub: Hub, metrics: Metrics) -> None:
        counted = []
        with hub.listening(named("hello", 0, ""), ["churn"]):
            with hub.listening(named("hello", 0, ""), []):
                counted.append(metrics.registry.get_sample_value("weir_live_listeners"))
            counted.append(metrics.registry.get_sample_value("weir_live_listeners"))
        counted.append(metrics.registry.get_sample_value("weir_live_listeners"))
        assert counted == [2, 1, 0]

    run(scenario)


def scored(number: int) -> Scored:
    return Scored(f"0-{number}", f"user {number}", NOW + number, number / 100, "m@1", number)


def test_the_newest_scores_of_a_commit() -> None:
    kept = decode_latest(encode_latest([scored(n) for n in range(25)]))
    assert [(s.user_id, s.score, s.at, s.version) for s in kept] == [
        (f"user {n}", n / 100, NOW + n, "m@1") for n in range(25 - MOST, 25)
    ]
    assert encode_latest([]) == b""


def test_scores_are_new_once_and_the_newest_come_first() -> None:
    news = ScoreNews()
    one, two = encode_latest([scored(1), scored(4)]), encode_latest([scored(2), scored(3)])
    assert [s.at - NOW for s in news.of([one, None])] == [4, 1]
    assert news.of([one, None]) == []
    assert [s.at - NOW for s in news.of([one, two, None])] == [3, 2]
    many = [encode_latest([scored(10 * p + n) for n in range(10)]) for p in range(3)]
    assert [s.at - NOW for s in news.of(many)] == list(range(29, 29 - MOST_SCORES, -1))
    assert news.of([]) == []


def test_alarms_are_new_once_the_oldest_first() -> None:
    news = News(decode_alarm)
    raws = [msgspec.json.encode(alarm(number)) for number in range(6)]
    newest_first = raws[::-1]
    assert news.of(newest_first[4:]) == ([alarm(1), alarm(0)], [])  # known before we came
    assert news.of(newest_first[4:]) is None
    assert news.of(newest_first[2:]) == (
        [alarm(3), alarm(2), alarm(1), alarm(0)],
        [alarm(2), alarm(3)],
    )
    # the list is kept short at its end
    assert news.of(newest_first[:3]) == ([alarm(5), alarm(4), alarm(3)], [alarm(4), alarm(5)])
    assert news.of([]) == ([], [])
    # another Redis gives them again
    assert news.of(newest_first[5:]) == ([alarm(0)], [alarm(0)])


def position(committed_at: int, partitions: int = 2) -> Position:
    return Position(partitions, clock=1, committed_at=committed_at)


@pytest.mark.parametrize(
    ("committed", "lags", "age", "state", "lag"),
    [
        (0, (0, 0), 0, "running", 0),
        (FRESH_MS, (7, 0), FRESH_MS, "running", 7),
        (FRESH_MS + 1, (0, 0), 0, "idle", 0),
        (FRESH_MS + 1, (0, 3), 0, "behind", 3),
        (0, (0, 0), FRESH_MS + 1, "stopped", None),
        (0, (), 0, "stopped", None),
    ],
)
def test_how_a_stream_is(
    committed: int, lags: tuple[int, ...], age: int, state: str, lag: int | None
) -> None:
    pulse = {number: Sign(one, NOW - age) for number, one in enumerate(lags)}
    found = health(position(NOW - committed), pulse, NOW)
    assert (found.state, found.lag) == (state, lag)
    assert (found.detail is None) == (state in {"running", "idle"})
    assert found.pulse_at == (NOW - age if lags else 0)


def test_a_partition_without_a_worker_is_told() -> None:
    found = health(position(NOW), {0: Sign(4, NOW), 1: Sign(9, NOW - FRESH_MS - 1)}, NOW)
    assert found.state == "running"
    assert (found.lag, found.detail) == (4, "1 of 2 partitions have no worker")


def test_why_a_stream_is_stopped() -> None:
    old = {0: Sign(0, NOW - 42_000)}
    assert health(position(0), old, NOW).detail == "no worker has given a sign of life for 42 s"
    assert health(position(0), {}, NOW).detail == "no worker runs"
    assert "no worker has run" in (health(position(0, 0), {}, NOW).detail or "")


def test_the_speed_is_that_of_the_last_seconds() -> None:
    speed = Speed()
    assert speed.at(0.0, 1_000_000) == 0.0
    assert [speed.at(float(n), 1_000_000 + 50 * n) for n in range(1, 20)] == [50.0] * 19
    for n in range(20, 25):
        speed.at(float(n), 1_000_950)
    assert speed.at(25.0, 1_000_950) == 0.0
    assert speed.at(26.0, 10) == 0.0  # an emptied Redis
    assert speed.at(28.0, 30) == 10.0
