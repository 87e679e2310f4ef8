"""What Weir needs of a Redis, and what the embedded one promises."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from stream.adapters import ping
from stream.embedded.guard import Guard
from stream.embedded.ports import answers, is_free
from stream.embedded.process import StackError
from stream.embedded.redis import EmbeddedRedis


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        yield client


def test_a_script_changes_several_keys_at_once_or_none(client: redis.Redis) -> None:
    move = client.register_script(
        """
        if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then
          return redis.error_reply('FENCED')
        end
        redis.call('HSET', KEYS[1], 'offset', ARGV[2])
        redis.call('ZADD', KEYS[2], 5, 'user')
        return 1
        """
    )
    client.hset("{p}:meta", "token", "7")

    with pytest.raises(redis.ResponseError, match="FENCED"):
        move(keys=["{p}:meta", "{p}:due"], args=["6", 100])
    assert client.hget("{p}:meta", "offset") is None

    assert move(keys=["{p}:meta", "{p}:due"], args=["7", 100]) == 1
    assert client.hget("{p}:meta", "offset") == "100"
    assert client.zscore("{p}:due", "user") == 5


def test_5000_fields_are_read_and_written_in_one_call(client: redis.Redis) -> None:
    states = {f"user{number}": "x" * 100 for number in range(5000)}
    assert client.hset("state", items=[part for pair in states.items() for part in pair]) == 5000
    assert client.hmget("state", [*states, "nobody"]) == [*states.values(), None]


def test_a_range_by_score_can_be_limited(client: redis.Redis) -> None:
    client.zadd("due", {f"user{number:03}": number for number in range(100)})
    first = client.zrange("due", "-inf", "50", byscore=True, offset=0, num=3, withscores=True)
    assert [tuple(pair) for pair in first] == [("user000", 0), ("user001", 1), ("user002", 2)]
    rest = client.zrange("due", "(97", "+inf", byscore=True, offset=0, num=10)
    assert rest == ["user098", "user099"]


def test_it_is_set_up_as_weir_needs_it(redis_server: EmbeddedRedis) -> None:
    facts = ping.redis(redis_server.url)
    assert facts.appends
    assert facts.eviction == "noeviction"
    assert facts.lua
    assert facts.directory == str(redis_server.data_dir)
    assert facts.used_memory > 0


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGKILL])
def test_data_survive_a_restart_on_the_same_directory(
    tmp_path: Path, guard: Guard, by: signal.Signals
) -> None:
    with EmbeddedRedis(tmp_path, guard=guard) as server:
        with redis.Redis.from_url(server.url) as client:
            for number in range(1000):
                client.hset("state", f"user{number}", b"\x00\xff" * number)
        os.kill(server.pid, by)
        os.waitid(os.P_PID, server.pid, os.WEXITED | os.WNOWAIT)

    with (
        EmbeddedRedis(tmp_path, guard=guard) as server,
        redis.Redis.from_url(server.url) as client,
    ):
        assert client.hlen("state") == 1000
        assert client.hget("state", "user999") == b"\x00\xff" * 999


def test_another_directory_is_another_redis(tmp_path: Path, redis_url: str, guard: Guard) -> None:
    with redis.Redis.from_url(redis_url) as client:
        client.set("here", 1)
    with EmbeddedRedis(tmp_path, guard=guard) as other, redis.Redis.from_url(other.url) as client:
        assert client.get("here") is None


def test_another_server_that_answers_on_the_port_is_not_taken_for_it(
    tmp_path: Path, redis_server: EmbeddedRedis, guard: Guard
) -> None:
    assert redis_server.ready()
    assert not EmbeddedRedis(tmp_path, redis_server.port, guard).ready()


def test_a_redis_that_was_killed_is_reported_with_its_log(tmp_path: Path, guard: Guard) -> None:
    with EmbeddedRedis(tmp_path, guard=guard) as server:
        os.kill(server.pid, signal.SIGKILL)
        os.waitid(os.P_PID, server.pid, os.WEXITED | os.WNOWAIT)
        with pytest.raises(StackError, match=r"redis was ended by SIGKILL(.|\n)*Ready to accept"):
            server.check()
        with pytest.raises(ping.Unreachable, match="refused"):
            ping.redis(server.url)


def test_data_that_cannot_be_loaded_are_an_error_with_the_reason(
    tmp_path: Path, guard: Guard
) -> None:
    (tmp_path / "appendonly.aof").write_bytes(b"*1\r\nthis is no append-only file")
    (tmp_path / "appendonlydir").write_text("nor is this a directory")  # where Redis 7 has it
    with pytest.raises(StackError, match=r"redis ended with exit code 1(.|\n)*redis\.log"):
        EmbeddedRedis(tmp_path, guard=guard).start()


def test_it_listens_on_loopback_only_and_is_gone_after_stop(tmp_path: Path, guard: Guard) -> None:
    with EmbeddedRedis(tmp_path, guard=guard) as server:
        assert not answers(server.port, "127.0.0.2")
    assert is_free(server.port)
