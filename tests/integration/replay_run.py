"""Runs ``replay send`` for the tests, and looks at what has arrived."""

from collections.abc import Sequence
from typing import Any

import orjson
from click.testing import CliRunner, Result

from replay.cli import main
from replay.resume import mark_of
from stream import topics
from stream.embedded.kafka_server import KafkaServer
from tests.integration.kafka_records import read
from tests.unit.replay_lines import line

TOPIC = topics.events("churn")
PARTITIONS = 4


def log_of(seed: str, users: int, events: int) -> list[bytes]:
    """A log in order, of its own (``seed``), with an anonymous event now and then."""
    lines = []
    for number in range(events):
        user = "" if number % 50 == 49 else f"{seed}-{number * 7919 % users}"
        auth = "Logged In" if user else "Logged Out"
        lines.append(line(user, number // 3, number, auth=auth))
    return lines


def send(broker: KafkaServer, *arguments: str, stdin: bytes | None = None) -> Result:
    given = ["send", "--domain", "churn", "--broker", broker.url, *arguments]
    return CliRunner().invoke(main, given, input=stdin, catch_exceptions=False)


def sent(broker: KafkaServer, *paths: str) -> dict[int, list[Any]]:
    """The records of a log that are in the topic, by partition."""
    return read(broker.bootstrap, TOPIC, mark_of(paths, 0, 0).log)


def flat(records: dict[int, list[Any]]) -> list[Any]:
    return [record for partition in records.values() for record in partition]


def check_all_once_and_in_order(records: dict[int, list[Any]], lines: Sequence[bytes]) -> None:
    """By time, and by their place in the log where it is the same."""
    assert sorted(record.value for record in flat(records)) == sorted(lines)
    places = {text: number for number, text in enumerate(lines)}
    for partition in records.values():
        users = [record.value for record in partition if record.key]
        assert users == sorted(users, key=lambda text: (orjson.loads(text)["ts"], places[text]))


def check_times(records: dict[int, list[Any]]) -> None:
    """Users' events are in order; an anonymous one goes with the line before it."""
    for partition in records.values():
        times = [orjson.loads(record.value)["ts"] for record in partition if record.key]
        assert times == sorted(times)
