"""What the worker relies on in Redis, on a real one: all or nothing, and only for the owner."""

from typing import Any

import pytest
import redis
from redis.asyncio import Redis

from stream.adapters.redis_commits import Commit, Publication
from stream.adapters.redis_connection import Unavailable
from stream.adapters.redis_control import RedisControl
from stream.adapters.redis_store import Loaded, RedisStore, StoredModel
from stream.errors import Fenced, WrongLayout
from stream.keys import DomainKeys, PartitionKeys
from stream.pulse import Pulse
from tests.stream_parts import with_redis, with_store


def commit(offset: int, **parts: object) -> Commit:
    return Commit(offset=offset, progress=b"progress", **parts)  # type: ignore[arg-type]  # each test gives what it needs


def test_what_is_committed_is_loaded_and_claimed_again(redis_url: str) -> None:
    async def scenario(store: RedisStore) -> None:
        claim = await store.claim("churn", 0)
        assert (claim.offset, claim.progress) == (0, None)
        await store.commit(
            "churn",
            0,
            claim,
            commit(
                7,
                states={"a": b"A", "b": b"B"},
                pending={"a": b"waiting"},
                due={"a": 50, "b": 90},
                ranks={"a": 0.5},
            ),
            0,
        )
        assert await store.load("churn", 0, ["a", "b", "nobody"], 60, 10) == Loaded(
            users={"a": (b"A", b"waiting"), "b": (b"B", None)}, due=[(50, "a")]
        )
        again = await store.claim("churn", 0)
        assert (again.offset, again.progress, again.commits) == (7, b"progress", 1)

    with_store(redis_url, scenario)


def test_a_superseded_claim_writes_nothing(redis_url: str) -> None:
    async def scenario(store: RedisStore) -> None:
        zombie = await store.claim("churn", 0)
        owner = await store.claim("churn", 0)
        with pytest.raises(Fenced):
            await store.commit("churn", 0, zombie, commit(9, states={"a": b"zombie"}), 0)
        assert (await store.load("churn", 0, ["a"], 0, 1)).users == {}
        await store.commit("churn", 0, owner, commit(5, states={"a": b"owner"}), 0)
        assert (await store.load("churn", 0, ["a"], 0, 1)).users == {"a": (b"owner", None)}

    with_store(redis_url, scenario)


def test_a_commit_repeated_after_a_lost_answer_counts_once(redis_url: str) -> None:
    async def scenario(store: RedisStore) -> None:
        claim = await store.claim("churn", 0)
        for _ in range(3):
            await store.commit("churn", 0, claim, commit(5, states={"a": b"once"}), 0)
        assert (await store.claim("churn", 0)).commits == 1

    with_store(redis_url, scenario)


def test_a_commit_out_of_turn_is_refused(redis_url: str) -> None:
    async def scenario(store: RedisStore) -> None:
        claim = await store.claim("churn", 0)
        await store.commit("churn", 0, claim, commit(5), 0)
        later = type(claim)(claim.token, claim.commits + 2, 5, None)
        with pytest.raises(Fenced, match="does not follow"):
            await store.commit("churn", 0, later, commit(9), 0)

    with_store(redis_url, scenario)


def field(url: str, key: str, name: str) -> Any:
    with redis.Redis.from_url(url) as client:
        return client.hget(key, name)


def test_the_newest_scores_are_those_of_the_last_commit_with_any(redis_url: str) -> None:
    meta = PartitionKeys.of("churn", 0).meta

    async def scenario(store: RedisStore) -> None:
        for latest, there in ((b"", None), (b"[1]", b"[1]"), (b"", b"[1]"), (b"[2]", b"[2]")):
            claim = await store.claim("churn", 0)
            states = {"a": b"A"} if latest else {}
            await store.commit("churn", 0, claim, commit(1, latest=latest, states=states), 0)
            assert field(redis_url, meta, "latest") == there
        assert (await store.load("churn", 0, ["a"], 0, 1)).users == {"a": (b"A", None)}

    with_store(redis_url, scenario)


def test_a_worker_speaks_for_what_it_holds_and_takes_back_only_its_own_words(
    redis_url: str,
) -> None:
    def said() -> dict[int, bytes]:
        with redis.Redis.from_url(redis_url) as client:
            signs: Any = client.hgetall(DomainKeys.of("churn").pulse)
        return {int(number): sign for number, sign in signs.items()}

    async def scenario(store: RedisStore) -> None:
        one, two = Pulse("churn", store), Pulse("churn", store)
        await one.beat({}, 100)
        assert said() == {}
        await one.beat({0: 5, 1: 0, 2: 7}, 1_700_000_000_000)
        assert said() == {n: b"[%d,1700000000000]" % lag for n, lag in ((0, 5), (1, 0), (2, 7))}
        # the second has taken two partitions over; the first knows of one by now
        await two.beat({1: 3, 2: 4}, 1_700_000_000_500)
        await one.beat({0: 4, 2: 7}, 1_700_000_000_600)
        assert said() == {
            0: b"[4,1700000000600]",
            1: b"[3,1700000000500]",
            2: b"[7,1700000000600]",
        }
        await two.beat({1: 1, 2: 2}, 1_700_000_001_000)
        await one.end()
        assert said() == {1: b"[1,1700000001000]", 2: b"[2,1700000001000]"}
        await two.end()
        await two.end()
        assert said() == {}

    with_store(redis_url, scenario)


def test_a_thousand_partitions_have_a_pulse(redis_url: str) -> None:
    async def scenario(store: RedisStore) -> None:
        pulse, key = Pulse("churn", store), DomainKeys.of("churn").pulse
        await pulse.beat(dict.fromkeys(range(1024), 1), 1_700_000_000_000)
        with redis.Redis.from_url(redis_url) as client:
            assert client.hlen(key) == 1024
            await pulse.beat({7: 1}, 1_700_000_001_000)
            assert client.hkeys(key) == [b"7"]

    with_store(redis_url, scenario)


def test_due_users_come_in_order_and_only_so_many(redis_url: str) -> None:
    async def scenario(store: RedisStore) -> None:
        claim = await store.claim("churn", 0)
        due = {"b": 10, "a": 10, "c": 5, "d": 99}
        states = {user: user.encode() for user in due}
        await store.commit("churn", 0, claim, commit(1, due=due, states=states), 0)
        assert (await store.load("churn", 0, [], 50, 10)).due == [(5, "c"), (10, "a"), (10, "b")]
        assert (await store.load("churn", 0, [], 50, 2)).due == [(5, "c"), (10, "a")]

    with_store(redis_url, scenario)


def test_removals(redis_url: str) -> None:
    async def scenario(store: RedisStore) -> None:
        claim = await store.claim("churn", 0)
        first = commit(1, states={"a": b"A"}, pending={"a": b"w"}, due={"a": 5}, ranks={"a": 1.0})
        await store.commit("churn", 0, claim, first, 0)
        claim = await store.claim("churn", 0)
        second = commit(2, pending={"a": None}, due={"a": 0}, ranks={"a": 0.9}, gone={"a"})
        await store.commit("churn", 0, claim, second, 0)
        loaded = await store.load("churn", 0, ["a"], 100, 10)
        assert loaded == Loaded(users={"a": (b"A", None)}, due=[])

    with_store(redis_url, scenario)
    assert redis.Redis.from_url(redis_url).zcard(PartitionKeys.of("churn", 0).rank) == 0


def test_thousands_at_once(redis_url: str) -> None:
    async def scenario(store: RedisStore) -> None:
        claim = await store.claim("churn", 0)
        users = [f"user-{number}" for number in range(7_531)]
        everything = commit(
            1,
            states=dict.fromkeys(users, b"s"),
            pending=dict.fromkeys(users, b"p"),
            due=dict.fromkeys(users, 1),
            ranks=dict.fromkeys(users, 0.1),
        )
        await store.commit("churn", 0, claim, everything, 0)
        loaded = await store.load("churn", 0, users, 5, 10_000)
        assert len(loaded.users) == len(loaded.due) == len(users)

    with_store(redis_url, scenario)


def test_partitions_and_domains_are_apart(redis_url: str) -> None:
    async def scenario(store: RedisStore) -> None:
        claim = await store.claim("churn", 0)
        await store.commit("churn", 0, claim, commit(5, states={"a": b"A"}), 0)
        assert (await store.claim("churn", 1)).offset == 0
        assert (await store.load("other", 0, ["a"], 5, 5)).users == {}

    with_store(redis_url, scenario)


def test_the_number_of_partitions_is_fixed(redis_url: str) -> None:
    async def scenario(store: RedisStore) -> None:
        await store.lay_out("churn", 4)
        await store.lay_out("churn", 4)
        with pytest.raises(WrongLayout, match="4 partitions, WEIR_PARTITIONS is 8"):
            await store.lay_out("churn", 8)

    with_store(redis_url, scenario)


def published(version: str, name: str = "1-1", follows: str = "") -> Publication:
    return Publication(
        name=name,
        follows=follows,
        offset=3,
        checkpoint=b"c",
        version=version,
        serving=b"s",
        report=b"[]",
        drift=b"{}",
        lineup=b"{}",
        alarms=[f"alarm of {version}".encode()],
        granted=["0001-a"],
        decisions=[f"decision of {version}".encode()],
    )


def test_only_the_newest_learner_may_publish(redis_url: str) -> None:
    async def publish(store: RedisStore, token: str, version: str) -> None:
        await store.commit_learner("churn", token, published(version))

    async def scenario(store: RedisStore) -> None:
        assert await store.model("churn") is None
        zombie = await store.claim_learner("churn")
        assert (zombie.last, zombie.offset, zombie.checkpoint) == ("", 0, None)
        owner = await store.claim_learner("churn")
        await publish(store, owner.token, "m@3")
        with pytest.raises(Fenced):
            await publish(store, zombie.token, "zombie@9")
        assert await store.model("churn") == StoredModel("m@3", b"s", b"[]", b"{}", 3)
        claim = await store.claim_learner("churn")
        assert (claim.last, claim.offset, claim.checkpoint) == ("1-1", 3, b"c")
        with redis.Redis.from_url(redis_url) as client:
            assert client.lrange(DomainKeys.of("churn").alarms, 0, -1) == [b"alarm of m@3"]
            assert client.hget(DomainKeys.of("churn").model, "drift") == b"{}"

    with_store(redis_url, scenario)


def test_a_publication_that_is_sent_again_counts_nothing_twice(redis_url: str) -> None:
    async def scenario(store: RedisStore) -> None:
        token = (await store.claim_learner("churn")).token
        for name, follows in (("1-1", ""), ("1-1", ""), ("1-2", "1-1")):
            await store.commit_learner("churn", token, published("m@3", name, follows))
        with redis.Redis.from_url(redis_url) as client:
            assert client.llen(DomainKeys.of("churn").alarms) == 2
            assert client.xlen(DomainKeys.of("churn").decisions) == 2

    with_store(redis_url, scenario)


def test_a_learner_whose_last_commit_redis_has_lost_begins_anew(redis_url: str) -> None:
    async def scenario(store: RedisStore) -> None:
        token = (await store.claim_learner("churn")).token
        await store.commit_learner("churn", token, published("m@3"))
        with redis.Redis.from_url(redis_url) as client:
            client.hset(DomainKeys.of("churn").learner, "commit", "0-9")  # an older one is back
        with pytest.raises(Fenced, match="1-2 does not follow 0-9"):
            await store.commit_learner("churn", token, published("m@4", "1-2", "1-1"))

    with_store(redis_url, scenario)


def test_a_redis_that_forgets_claims_gives_no_two_workers_the_same_token(redis_url: str) -> None:
    async def scenario(store: RedisStore) -> None:
        first = await store.claim("churn", 0)
        with redis.Redis.from_url(redis_url) as client:
            client.flushall()
        second = await store.claim("churn", 0)
        assert first.token != second.token
        with pytest.raises(Fenced):
            await store.commit("churn", 0, first, commit(5), 0)

    with_store(redis_url, scenario)


def test_a_redis_that_takes_no_writes_for_now_is_away(redis_url: str) -> None:
    async def scenario(store: RedisStore) -> None:
        claim = await store.claim("churn", 0)
        with redis.Redis.from_url(redis_url) as client:
            client.config_set("maxmemory", "1")
            try:
                with pytest.raises(Unavailable, match="maxmemory"):
                    await store.commit("churn", 0, claim, commit(5, states={"a": b"A"}), 0)
                with pytest.raises(Unavailable, match="maxmemory"):
                    await store.claim_learner("churn")
                assert (await store.load("churn", 0, ["a"], 0, 1)).users == {}
            finally:
                client.config_set("maxmemory", "0")
        await store.commit("churn", 0, claim, commit(5, states={"a": b"A"}), 0)

    with_store(redis_url, scenario)


def test_a_wish_is_gone_with_the_commit_that_grants_it(redis_url: str) -> None:
    async def scenario(client: Redis) -> None:
        store, control = RedisStore(client), RedisControl(client)
        token = (await store.claim_learner("churn")).token
        for wish_id, raw in (("0002-b", b"B"), ("0001-a", b"A")):
            await control.wish("churn", wish_id, raw)
        assert list((await control.wishes("churn")).items()) == [("0001-a", b"A"), ("0002-b", b"B")]
        await store.commit_learner("churn", token, published("m@3"))
        assert await control.wishes("churn") == {"0002-b": b"B"}

    with_redis(redis_url, scenario)
