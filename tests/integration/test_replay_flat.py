"""``replay send`` of a flat file: a row a player, out come events, each once and in order."""

import csv
from collections import Counter
from pathlib import Path

import orjson
from click.testing import CliRunner

from replay.cli import main
from stream import topics
from stream.embedded.kafka_server import KafkaServer
from tests.integration.kafka_records import read

COLUMNS = ("user_id", "country", "source", "event_1", "event_2", "event_3", "revenue")


def write_flat(path: Path, rows: int) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for n in range(rows):
            source = "paid" if n == 7 else "organic"
            writer.writerow([f"u{n}", "DE", source, n % 3, 1, 0, 2.5 if n % 10 == 0 else ""])


def test_rows_are_sent_as_events_and_bad_rows_are_told(
    fresh_broker: KafkaServer, tmp_path: Path
) -> None:
    path = tmp_path / "flat.csv"
    write_flat(path, 200)
    command = ["send", str(path), "--domain", "revenue", "--broker", fresh_broker.url, "--json"]
    ran = CliRunner().invoke(main, command, catch_exceptions=False)
    assert ran.exit_code == 0, ran.output
    report = orjson.loads(ran.stdout)
    assert report["bad"] == {"bad_source": 1}
    assert report["users"] == 199

    records = read(fresh_broker.bootstrap, topics.events("revenue"))
    assert sum(map(len, records.values())) == report["sent"]
    kinds: Counter[str] = Counter()
    for partition in records.values():
        events = [orjson.loads(record.value) for record in partition]
        times = [event["ts"] for event in events]
        assert times == sorted(times)
        kinds.update(event["type"] for event in events)
    assert kinds["install"] == 199
    assert kinds["event_2"] == 199
    assert kinds["purchase"] == 3 * 20

    again = CliRunner().invoke(main, [*command, "--resume"], catch_exceptions=False)
    assert orjson.loads(again.stdout)["sent"] == 0
