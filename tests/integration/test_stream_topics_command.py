"""``stream topics`` on a real broker."""

import pytest
from click.testing import CliRunner

from stream.adapters import ping
from stream.cli import main
from stream.embedded.kafka_server import KafkaServer


def test_what_is_missing_is_made_and_the_rest_left(
    fresh_broker: KafkaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEIR_BROKER_URL", fresh_broker.url)
    monkeypatch.setenv("WEIR_DOMAINS", "churn")
    monkeypatch.setenv("WEIR_PARTITIONS", "3")
    first = CliRunner().invoke(main, ["topics"])
    assert first.exit_code == 0, first.output
    assert "events.churn, partitions: 3, created" in first.output
    assert ping.broker(fresh_broker.address).topics["events.churn"] == 3

    monkeypatch.setenv("WEIR_DOMAINS", "churn,revenue")
    second = CliRunner().invoke(main, ["topics"])
    assert "events.churn, partitions: 3, was there" in second.output
    assert "examples.revenue, partitions: 1, created" in second.output


def test_no_broker_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEIR_BROKER_URL", "kafka://127.0.0.1:1")
    told = CliRunner().invoke(main, ["topics"])
    assert told.exit_code == 1
    assert "kafka://127.0.0.1:1 does not answer" in told.output
