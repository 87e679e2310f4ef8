"""Scores, batches and the ranking, over what the real processor and learner have left in Redis."""

import asyncio
from collections.abc import Iterator
from datetime import datetime
from itertools import takewhile
from typing import Any
from urllib.parse import quote

import pytest
import redis

from api.schemas import BatchAnswer, Ranking, UserScore
from api.scoring import iso
from models.state import StateCodec, UserState
from stream.adapters.partitioner import partition_of
from stream.adapters.redis_connection import connect
from stream.adapters.redis_store import RedisStore
from stream.embedded.guard import Guard
from stream.embedded.redis import EmbeddedRedis
from stream.keys import PartitionKeys
from stream.model_feed import ModelFeed
from stream.settings import Settings, load
from tests.integration.api_seed import DAY_MS, DAYS, ODD, START, ask, log, process
from tests.rough_log import CHURN

#: All but the last users' states have been reached by this.
CLOCK = START + DAYS * DAY_MS


@pytest.fixture(scope="module")
def settings(guard: Guard, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    with EmbeddedRedis(tmp_path_factory.mktemp("scores"), guard=guard) as server:
        settings = load({"redis_url": server.url, "domains": "churn"})
        asyncio.run(process(settings, log()))
        yield settings


def state_of(settings: Settings, user_id: str) -> UserState[Any]:
    keys = PartitionKeys.of("churn", partition_of(user_id, settings.partitions))
    with redis.Redis.from_url(settings.redis_url) as client:
        raw: Any = client.hget(keys.state, user_id)
    return StateCodec(CHURN.data_type).decode(raw)


def ranked(settings: Settings) -> dict[str, float]:
    with redis.Redis.from_url(settings.redis_url) as client:
        rows: list[Any] = []
        for partition in range(settings.partitions):
            key = PartitionKeys.of("churn", partition).rank
            rows += client.zrange(key, 0, -1, withscores=True)
    return {user_id.decode(): score for user_id, score in rows}


def newest_models(settings: Settings) -> ModelFeed:
    async def main() -> ModelFeed:
        async with connect(settings.redis_url) as client:
            feed = ModelFeed(CHURN, RedisStore(client), settings.key)
            await feed.refresh()
            return feed

    return asyncio.run(main())


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def user(settings: Settings, user_id: str) -> dict[str, Any]:
    response = ask(settings, f"/v1/churn/users/{quote(user_id, safe='')}")
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    UserScore.model_validate(answer)
    return answer


@pytest.mark.parametrize("user_id", ["1001", "1002", "1022", ODD])
def test_the_score_is_that_of_the_state_at_the_streams_clock(
    settings: Settings, user_id: str
) -> None:
    answer, state = user(settings, user_id), state_of(settings, user_id)
    models = newest_models(settings).current
    features = CHURN.features(state.data, CLOCK)
    assert answer["score"] == models.score(features)
    assert answer["model_version"] == models.version
    assert not models.version.endswith("@0")
    reasons = models.judge(CHURN, features, None).reasons
    assert [r["feature"] for r in answer["reasons"]] == [r.feature for r in reasons]
    assert [r["effect"] for r in answer["reasons"]] == [r.effect for r in reasons]
    assert all(r["words"] for r in answer["reasons"])
    assert (answer["domain"], answer["user_id"]) == ("churn", user_id)
    assert (ms(answer["as_of"]), ms(answer["last_event_at"])) == (CLOCK, state.last_ts)
    assert (answer["status"], answer["ended_at"]) == ("active", None)


def test_the_rank_is_the_share_of_the_others_with_a_lower_score(settings: Settings) -> None:
    ranking = ranked(settings)
    for user_id in ("1001", "1002", "1009", "1022"):
        answer = user(settings, user_id)
        others = [score for other, score in ranking.items() if other != user_id]
        lower = sum(score < answer["score"] for score in others)
        assert answer["rank_percentile"] == round(100 * lower / len(others), 2)


def test_a_user_gone_silent_has_a_score_of_now(settings: Settings) -> None:
    answer, state = user(settings, "1023"), state_of(settings, "1023")
    assert answer["status"] == "dormant"
    assert ms(answer["last_event_at"]) == state.last_ts < ms(answer["as_of"]) == CLOCK
    models = newest_models(settings).current
    assert answer["score"] == models.score(CHURN.features(state.data, CLOCK))
    assert answer["score"] != models.score(CHURN.features(state.data, state.last_ts))


def test_a_user_whose_outcome_was_reached_has_no_score(settings: Settings) -> None:
    answer, state = user(settings, "1006"), state_of(settings, "1006")
    assert answer["status"] == "ended"
    assert ms(answer["ended_at"]) == state.ended_ts > 0
    assert (answer["score"], answer["rank_percentile"], answer["reasons"]) == (None, None, [])


def test_an_unknown_user_is_not_found(settings: Settings) -> None:
    response = ask(settings, "/v1/churn/users/nobody")
    assert response.status_code == 404
    assert response.json()["type"] == "urn:weir:problem:unknown-user"


def test_a_batch_gives_what_single_requests_give(settings: Settings) -> None:
    wanted = ["1022", "nobody", ODD, "1006", "1001", "1022"]
    response = ask(settings, "/v1/churn/users:batchGet", method="POST", json={"user_ids": wanted})
    answer = response.json()
    BatchAnswer.model_validate(answer)
    assert answer["not_found"] == ["nobody"]
    assert answer["users"] == [user(settings, one) for one in ("1022", ODD, "1006", "1001")]


def test_a_batch_may_have_a_thousand_users_and_no_more(settings: Settings) -> None:
    ids = [str(number) for number in range(1, 1001)]
    response = ask(settings, "/v1/churn/users:batchGet", method="POST", json={"user_ids": ids})
    assert [one["user_id"] for one in response.json()["users"]] == ["1000"]
    assert len(response.json()["not_found"]) == 999
    more = ask(
        settings, "/v1/churn/users:batchGet", method="POST", json={"user_ids": [*ids, "1001"]}
    )
    assert more.status_code == 422
    assert "1000" in more.json()["errors"][0]["message"]


def pages(settings: Settings, order: str, limit: int) -> Iterator[dict[str, Any]]:
    cursor = ""
    while True:
        path = f"/v1/churn/users?order={order}&limit={limit}{cursor}"
        response = ask(settings, path)
        assert response.status_code == 200, response.text
        page: dict[str, Any] = response.json()
        Ranking.model_validate(page)
        yield page
        if page["next"] is None:
            return
        cursor = f"&cursor={page['next']}"


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("limit", [1, 5, 7, 1000])
def test_the_pages_of_the_ranking_hold_everyone_once_and_in_order(
    settings: Settings, order: str, limit: int
) -> None:
    expected = ranked(settings)
    rows = []
    for page in pages(settings, order, limit):
        assert page["total"] == len(expected)
        assert (page["order"], ms(page["as_of"])) == (order, CLOCK)
        rows += page["users"]
    assert {row["user_id"]: row["score"] for row in rows} == expected
    assert [row["rank"] for row in rows] == list(range(1, len(expected) + 1))
    ordered = sorted(
        ((score, user_id) for user_id, score in expected.items()), reverse=order == "desc"
    )
    assert [(row["score"], row["user_id"]) for row in rows] == ordered


def test_the_ranking_begins_with_the_twenty_highest(settings: Settings) -> None:
    page = ask(settings, "/v1/churn/users").json()
    assert len(page["users"]) == 20
    assert page["users"][0]["score"] == max(ranked(settings).values())
    assert "current" not in page["users"][0]


def test_the_ended_are_not_ranked(settings: Settings) -> None:
    assert not {"1000", "1006", "1012"} & set(ranked(settings))


def test_rows_may_have_current_scores_with_reasons(settings: Settings) -> None:
    page = ask(settings, "/v1/churn/users?reasons=true&limit=3").json()
    Ranking.model_validate(page)
    for row in page["users"]:
        assert row["current"] == user(settings, row["user_id"])


def waiting(settings: Settings, user_id: str) -> list[dict[str, Any]]:
    """What is in Redis of the user's snapshots that wait for their label."""
    keys = PartitionKeys.of("churn", partition_of(user_id, settings.partitions))
    with redis.Redis.from_url(settings.redis_url) as client:
        raw: Any = client.hget(keys.pending, user_id)
    pending = StateCodec(CHURN.data_type).decode_pending(raw) if raw else []
    return [
        {
            "at": iso(snapshot.at),
            "score": snapshot.predictions[CHURN.recipes[0].name],
            "model_version": snapshot.version,
        }
        for snapshot in pending
    ]


def test_history_is_what_was_predicted_at_the_snapshots_that_wait(settings: Settings) -> None:
    for user_id in ("1001", "1006", "1022", ODD):
        plain = user(settings, user_id)
        assert "history" not in plain
        path = f"/v1/churn/users/{quote(user_id, safe='')}?history=true"
        answer = ask(settings, path).json()
        UserScore.model_validate(answer)
        history = answer.pop("history")
        assert answer == plain
        assert history == waiting(settings, user_id)
        assert [row["at"] for row in history] == sorted(row["at"] for row in history)
        assert ms(answer["first_seen_at"]) == state_of(settings, user_id).first_ts
    assert len(waiting(settings, "1001")) == 10
    assert len({row["score"] for row in waiting(settings, "1001")}) > 1
    assert waiting(settings, "1006") == []


def test_rows_of_the_ranking_may_have_history(settings: Settings) -> None:
    page = ask(settings, "/v1/churn/users?history=true&limit=5").json()
    Ranking.model_validate(page)
    plain = ask(settings, "/v1/churn/users?limit=5").json()
    for row, same in zip(page["users"], plain["users"], strict=True):
        assert row == {**same, "history": waiting(settings, row["user_id"])}
    page = ask(settings, "/v1/churn/users?history=true&reasons=true&limit=5").json()
    Ranking.model_validate(page)
    for row, same in zip(page["users"], plain["users"], strict=True):
        current = user(settings, row["user_id"]) | {"history": waiting(settings, row["user_id"])}
        assert row == {**same, "current": current}


def test_history_is_read_only_when_asked_for_and_in_the_same_round_trip(
    settings: Settings,
) -> None:
    def seen(query: str) -> list[str]:
        with (
            redis.Redis.from_url(settings.redis_url) as client,
            redis.Redis.from_url(settings.redis_url) as other,
            client.monitor() as monitor,
        ):
            assert ask(settings, f"/v1/churn/users/1001{query}").status_code == 200
            other.echo("the end")
            commands: Iterator[str] = (one["command"] for one in monitor.listen())
            until_end = list(takewhile(lambda command: "the end" not in command, commands))
        first = next(n for n, command in enumerate(until_end) if ":state" in command)
        return [command for command in until_end[first:] if "1001" in command]

    assert [command.split()[0] for command in seen("")] == ["HMGET", "ZMSCORE"]
    state, rank, pending = seen("?history=true")
    assert [command.split()[0] for command in (state, rank, pending)] == [
        "HMGET",
        "ZMSCORE",
        "HMGET",
    ]
    slots = {command.split("}")[0].split("{")[1] for command in (state, rank, pending)}
    assert len(slots) == 1
    assert ":pending" in pending


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "query.limit"),
        ("limit=1001", "query.limit"),
        ("limit=101&reasons=true", "query.limit"),
        ("limit=101&history=true", "query.limit"),
        ("history=perhaps", "query.history"),
        ("limit=many", "query.limit"),
        ("order=best", "query.order"),
        ("cursor=x", "query.cursor"),
        ("cursor=%00", "query.cursor"),
        ("cursor=ZGVzYzoxLjEuMC4w&order=asc", "query.cursor"),
        ("cursor=ZGVzYzoxLjE", "query.cursor"),  # of two partitions
        ("cursor=ZGVzYzotMS4xLjAuMA", "query.cursor"),  # desc:-1.1.0.0
        ("reasons=perhaps", "query.reasons"),
    ],
)
def test_a_wrong_parameter_is_named(settings: Settings, query: str, field: str) -> None:
    response = ask(settings, f"/v1/churn/users?{query}")
    assert response.status_code == 422
    assert [error["field"] for error in response.json()["errors"]] == [field]


def test_users_of_another_partitioner_are_found_too(redis_url: str) -> None:
    settings = load({"redis_url": redis_url, "domains": "churn", "partitions": 3})
    asyncio.run(process(settings, log()[:400], shift=1, rounds=1))
    single = user(settings, "1001")
    answer = ask(
        settings,
        "/v1/churn/users:batchGet",
        method="POST",
        json={"user_ids": ["1001", "1002", "nobody"]},
    ).json()
    assert answer["users"][0] == single
    assert [one["user_id"] for one in answer["users"]] == ["1001", "1002"]
    assert answer["not_found"] == ["nobody"]


def test_round_trips_do_not_grow_with_the_number_of_users(settings: Settings) -> None:
    def commands(user_ids: list[str]) -> int:
        with redis.Redis.from_url(settings.redis_url) as client:
            client.config_resetstat()
            ask(
                settings,
                "/v1/churn/users:batchGet",
                method="POST",
                json={"user_ids": user_ids},
            )
            stats: Any = client.info("commandstats")
        return sum(
            stats[name]["calls"]
            for name in ("cmdstat_hmget", "cmdstat_zmscore", "cmdstat_eval")
            if name in stats
        )

    few = commands([str(number) for number in range(1013, 1023)])
    many = commands([str(number) for number in range(1001, 1023)] + [ODD])
    assert 0 < many <= few + 4


def test_users_differ_enough_for_a_ranking(settings: Settings) -> None:
    assert len(set(ranked(settings).values())) > 5
