"""What the log says of a person besides the user id gets nowhere: marked values are looked for."""

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import orjson
import pytest
import redis

from stream.adapters.prediction_log import PredictionLog
from stream.pseudonym import Pseudonyms
from stream.settings import Settings, load
from tests.integration.api_process import api
from tests.integration.api_seed import ask, log, process
from tests.integration.revenue_seed import ROW

MARK = "Zebedinho"

#: What the 18 fields of the churn log say of a person; all but the id is marked.
PERSONAL = {
    name: f"{MARK} {name}"
    for name in ("firstName", "lastName", "gender", "location", "userAgent", "artist", "song")
}


def marked(line: bytes) -> bytes:
    record: dict[str, Any] = orjson.loads(line) | PERSONAL
    return orjson.dumps(record | {"status": 200, "length": 200.5, "itemInSession": 3})


def lines_of(url: str) -> list[bytes]:
    """All that Redis holds, as bytes."""
    found: list[bytes] = []
    with redis.Redis.from_url(url) as client:
        for key in client.scan_iter():
            dumped: Any = client.dump(key)
            found += [key, dumped]
            kind: Any = client.type(key)
            reads: dict[bytes, Any] = {
                b"hash": client.hgetall,
                b"list": lambda k: client.lrange(k, 0, -1),
                b"zset": lambda k: client.zrange(k, 0, -1),
                b"stream": client.xrange,
                b"string": client.get,
            }
            found.append(repr(reads[kind](key)).encode())  # `dump` may have compressed it
    return found


def test_the_stream_keeps_nothing_of_it(redis_url: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    settings = load({"redis_url": redis_url, "domains": "churn"})
    broken = [
        b'{"ts": 1538352000000, "userId": "1", "page": "%s", "firstName"' % MARK.encode(),
        marked(log()[0]).replace(b'"ts":', b'"ts":"%s","not":' % MARK.encode()),
        marked(log()[1]).replace(b'"level":"paid"', b'"level":"%s"' % MARK.encode()),
        marked(log()[2]).replace(b'"auth":"Logged In"', b'"auth":"%s"' % MARK.encode()),
    ]
    records = [*map(marked, log()), *broken]
    readable = [record for record in records if record not in broken[:2]]
    written = asyncio.run(process(settings, readable))
    for topic, _, value in written.records:
        assert MARK.encode() not in (value or b""), topic
    assert {topic for topic, _, _ in written.records} >= {"scores.churn", "examples.churn"}
    for headers in written.headers:
        assert all(MARK.encode() not in text for text in headers.values())
    content = lines_of(redis_url)
    assert any(b"1001" in line for line in content)
    assert not [line for line in content if MARK.encode() in line]
    assert MARK not in caplog.text


def test_neither_does_the_api(redis_url: str, tmp_path: Path) -> None:
    settings = load({"redis_url": redis_url, "domains": "churn"})
    asyncio.run(process(settings, log()[:400], rounds=1))
    events = [orjson.loads(marked(line)) for line in log()[:400]]
    mine = [event for event in events if event["userId"] == "1001"]
    wrong: list[object] = [
        {"events": [mine[0] | {"ts": MARK}]},
        {"events": [mine[0] | {"page": None}]},
        {"events": [mine[0]], "as_of": MARK},
        {"events": MARK},
        {"instances": [PERSONAL]},
        PERSONAL,
        MARK,
    ]
    database = tmp_path / "weir.db"
    env = {"WEIR_DATABASE_URL": f"sqlite:///{database}", "WEIR_LOG_LEVEL": "DEBUG"}
    answers = []
    with api(settings, tmp_path / "log", **env) as (_, client):
        for right in ({"events": mine}, {"instances": [{"events": mine}]}):
            answers.append(client.post("/v1/churn/predict", json=right))
            assert answers[-1].status_code == 200
        for body in wrong:
            for path in ("predict", "users:batchGet", "model:retrain", "model:promote"):
                answers.append(client.post(f"/v1/churn/{path}", json=body))
                assert answers[-1].status_code == 422
        broken = client.post("/v1/churn/predict", content=f'{{"firstName": "{MARK}'.encode())
        answers += [broken, client.get("/v1/predictions"), client.get("/metrics")]
    assert not [answer.text for answer in answers if MARK in answer.text]
    assert MARK not in (tmp_path / "log").read_text()
    with sqlite3.connect(database) as connection:
        dump = "\n".join(connection.iterdump())
    connection.close()
    assert "1001" in dump
    assert MARK not in dump
    assert not [line for line in lines_of(redis_url) if MARK.encode() in line]


def rows(settings: Settings) -> list[dict[str, Any]]:
    async def read() -> list[dict[str, Any]]:
        record = PredictionLog.from_url(settings.database_url)
        try:
            found = await record.find(limit=100)
            return [{"user_id": row.user_id, "input": row.input} for row in found.rows]
        finally:
            await record.close()

    return asyncio.run(read())


def test_with_a_key_the_record_has_no_user_ids_and_is_still_asked_by_them(
    redis_url: str, tmp_path: Path
) -> None:
    settings = load(
        {
            "redis_url": redis_url,
            "database_url": f"sqlite:///{tmp_path / 'weir.db'}",
            "user_id_key": "a secret of the tests",
        }
    )
    for user in ("walter", "jesse"):
        answer = ask(
            settings, "/v1/revenue/predict", method="POST", json=ROW | {"user_id": user}
        ).json()
        assert answer["user_id"] == user
    name = Pseudonyms(settings.pseudonym_key).of("walter")
    [one] = ask(settings, "/v1/predictions?user_id=walter").json()["predictions"]
    assert one["user_id"] == name
    kept = rows(settings)
    assert name in {row["user_id"] for row in kept}
    assert len({row["user_id"] for row in kept}) == 2
    assert "walter" not in str(kept)
    assert ask(settings, f"/v1/predictions?user_id={name}").json()["predictions"] == []
    other = settings.model_copy(update={"user_id_key": None})
    assert ask(other, "/v1/predictions?user_id=walter").json()["predictions"] == []
