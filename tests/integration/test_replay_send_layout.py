"""``replay send`` of a CSV with columns of its own: out come the domain's events, each once."""

from pathlib import Path

import orjson
from click.testing import CliRunner, Result

from replay.cli import main
from stream import topics
from stream.embedded.kafka_server import KafkaServer
from tests.integration.kafka_records import read

LAYOUT = """
[columns]
userId = "customer"
ts = "time"
page = "action"
[values.page]
play = "NextSong"
[constants]
auth = "Logged In"
[time]
zone = "Europe/Berlin"
"""


def write_log(path: Path, rows: int) -> None:
    lines = ["time,customer,action,city"]
    for n in range(rows):
        time = "soon" if n == 7 else f"2018-10-01 {n // 60:02}:{n % 60:02}:00"
        lines.append(f"{time},u{n % 9},{'play' if n % 2 else 'Home'},Bonn")
    path.write_text("\n".join(lines) + "\n")


def send(broker: KafkaServer, *arguments: str) -> Result:
    command = ["send", "--domain", "churn", "--broker", broker.url, "--json", *arguments]
    return CliRunner().invoke(main, command, catch_exceptions=False)


def test_columns_are_sent_as_the_fields_they_are(fresh_broker: KafkaServer, tmp_path: Path) -> None:
    path, layout = tmp_path / "listens.csv", tmp_path / "music.toml"
    write_log(path, 600)
    layout.write_text(LAYOUT)

    plain = send(fresh_broker, str(path))
    assert orjson.loads(plain.stdout)["bad"] == {"bad_ts": 600}
    assert "`replay layout" in plain.stderr

    ran = send(fresh_broker, str(path), "--layout", str(layout))
    assert ran.exit_code == 0, ran.output
    report = orjson.loads(ran.stdout)
    assert (report["sent"], report["users"], report["bad"]) == (599, 9, {"bad_ts": 1})
    assert ran.stderr == ""

    records = [
        record
        for partition in read(fresh_broker.bootstrap, topics.events("churn")).values()
        for record in partition
    ]
    events = [orjson.loads(record.value) for record in records]
    assert [record.key.decode() for record in records] == [event["userId"] for event in events]
    start = 1_538_344_800_000  # midnight in Berlin
    assert sorted(event["ts"] for event in events) == [
        start + n * 60_000 for n in range(600) if n != 7
    ]
    assert {event["page"] for event in events} == {"NextSong", "Home"}
    assert {(event["auth"], event["city"]) for event in events} == {("Logged In", "Bonn")}

    again = send(fresh_broker, str(path), "--layout", str(layout), "--resume")
    assert orjson.loads(again.stdout)["sent"] == 0
    layout.write_text(LAYOUT.replace("Berlin", "London"))
    other = send(fresh_broker, str(path), "--layout", str(layout), "--resume")
    assert other.exit_code == 1
    assert "another --sort-buffer or --layout" in other.stderr
