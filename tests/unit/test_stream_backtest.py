"""The backtest: what it counts, what it judges, and what its command prints."""

import json
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner

from models import domains
from models.metrics import BinaryMetrics
from models.plan import Plan
from replay.generate import load
from stream.backtest import Backtest, BacktestResult
from stream.backtest_command import backtest

DAY = 86_400_000
START = 1_538_352_000_000
DAYS = 40
#: By user, the day of the cancellation.
CANCELLING = {3: 14, 7: 38}


def record(user: int, day: int, page: str) -> dict[str, object]:
    ts = START + day * DAY + user * 60_000
    auth = "Cancelled" if page.startswith("Cancellation") else "Logged In"
    return {"userId": f"u{user}", "ts": ts, "page": page, "sessionId": day, "auth": auth}


def log() -> list[bytes]:
    records = [
        record(user, day, "Cancellation Confirmation" if day == last else "NextSong")
        for user in range(10)
        for last in [CANCELLING.get(user, DAYS)]
        for day in range(min(last + 1, DAYS))
    ]
    return [orjson.dumps(each) for each in sorted(records, key=lambda each: str(each["ts"]))]


def run(lines: list[bytes], warmup: float, partitions: int = 1) -> BacktestResult:
    made = Backtest(domains.load("churn"), partitions)
    for number, line in enumerate(lines):
        made.feed(number, line)
    return made.result(warmup, 1.0)


def figures(result: BacktestResult) -> BinaryMetrics:
    assert isinstance(result.metrics, BinaryMetrics)
    return result.metrics


def test_only_snapshots_whose_whole_horizon_lies_in_the_log_are_judged() -> None:
    lines = log()
    found = run(lines, warmup=0)
    # the log ends on day 39, horizon and grace are 10 days and an hour: days 1 to 28 are judged
    assert figures(found).labels == 9 * 28 + 13
    # u3's of days 4 to 13, and u7's of day 28; those of days 29 to 37 are positive, but too young
    assert figures(found).positives == 10 + 1
    assert found.labels > figures(found).labels
    later = run(lines, warmup=20)
    assert figures(later).positives == 1
    assert later.state_sha256 == found.state_sha256


def test_a_log_shorter_than_the_horizon_is_judged_by_nothing() -> None:
    found = run(log()[:50], warmup=0)
    assert (figures(found).labels, figures(found).auc) == (0, None)


def test_partitions_change_no_state() -> None:
    lines = log()
    assert run(lines, 0).state_sha256 == run(lines, 0, partitions=4).state_sha256


def test_the_command_prints_one_json_object(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(b"\n".join([*log(), b"broken", log()[-1]]) + b"\n")
    ran = CliRunner().invoke(backtest, [str(path), "--domain", "churn", "--warmup", "5", "--json"])
    assert ran.exit_code == 0, ran.output
    found = json.loads(ran.stdout)
    fixed = "events rejected duplicates late users snapshots labels seconds state_sha256 alarms"
    assert set(found) >= {*fixed.split(), "metrics"}
    assert (found["rejected"], found["duplicates"], found["users"]) == (1, 1, 10)
    figures = "auc pr_auc log_loss brier ece base_rate mean_prediction lift_top_decile"
    assert set(found["metrics"]) >= set(figures.split())
    table = CliRunner().invoke(backtest, [str(path), "--domain", "churn"])
    assert "kalman_logistic" in table.stdout
    assert "…" not in table.stdout


def test_amounts_are_judged_by_age(tmp_path: Path) -> None:
    path, plan = tmp_path / "log.jsonl", Plan(users=300, days=14, seed=3)
    path.write_bytes(b"".join(line for _, line in load("revenue")(plan)))
    command = [str(path), "--domain", "revenue", "--warmup", "1"]
    ran = CliRunner().invoke(backtest, [*command, "--json"])
    assert ran.exit_code == 0, ran.output
    found = json.loads(ran.stdout)
    assert list(found["metrics"]) == ["install", "1h", "24h", "72h"]
    for age in found["metrics"].values():
        assert set(age) >= {"gini", "spearman", "decile_mape", "bias", "mae"}
        assert age["labels"] > 100
    ginis = [age["gini"] for age in found["metrics"].values()]
    assert ginis[-1] > ginis[0]  # who is older is better known
    table = CliRunner().invoke(backtest, command).stdout
    assert "taken at 72h" in " ".join(table.split())


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["missing.jsonl", "--domain", "churn"], "missing.jsonl"),
        (["x", "--domain", "weather"], "no domain 'weather' is installed"),
    ],
)
def test_the_command_says_what_is_wrong(arguments: list[str], says: str) -> None:
    ran = CliRunner().invoke(backtest, arguments)
    assert ran.exit_code != 0
    assert says in ran.output + str(ran.exception)
