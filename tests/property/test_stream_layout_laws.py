"""A log with other names for columns, values and times gives exactly the events of the log."""

import csv
import json
import tempfile
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from models import domains
from models.plan import Plan
from replay.generate import load as maker
from stream.backtest import backtest
from stream.layout_file import read_layout

#: A layout a domain; of churn, the values have other names too.
RENAMED = {
    "churn": {
        "ts": "When",
        "userId": "Customer no",
        "page": "what",
        "sessionId": "visit",
        "itemInSession": "n",
        "level": "page",
        "registration": "since",
    },
    "revenue": {
        "ts": "When",
        "user_id": "player",
        "type": "what",
        "revenue": "type",
        "country": "land",
        "source": "country",
    },
}


@settings(max_examples=15, deadline=None)
@given(
    domain=st.sampled_from(sorted(RENAMED)),
    seed=st.integers(0, 10**6),
    zone=st.sampled_from(["UTC", "Asia/Kolkata", "America/New_York"]),
)
def test_renamed_columns_values_and_times_give_exactly_the_events_of_the_log(
    domain: str, seed: int, zone: str
) -> None:
    columns = RENAMED[domain]
    log = [json.loads(line) for _, line in maker(domain)(Plan(users=6, days=12, seed=seed))]
    chosen = domains.load(domain)
    with tempfile.TemporaryDirectory() as place:
        plain = Path(place, "log.jsonl")
        plain.write_text("".join(json.dumps(record) + "\n" for record in log))
        other = Path(place, "log.csv")
        other.write_text(as_csv(log, columns, chosen, zone))
        layout = Path(place, "layout.toml")
        layout.write_text(
            "[columns]\n"
            + "".join(f"{field} = {json.dumps(column)}\n" for field, column in columns.items())
            + '[values.level]\npremium = "paid"\nbasic = "free"\n' * (domain == "churn")
            + f'[time]\nzone = "{zone}"\n'
        )
        expected = backtest(str(plain), chosen, partitions=2, warmup_days=0)
        found = backtest(
            str(other),
            chosen,
            partitions=2,
            warmup_days=0,
            layout=read_layout(str(layout), chosen),
        )
    assert (found.events, found.rejected) == (expected.events, expected.rejected)
    assert found.state_sha256 == expected.state_sha256
    assert (found.scored, found.anonymous) == (expected.scored, expected.anonymous)
    assert (found.snapshots, found.labels) == (expected.snapshots, expected.labels)
    assert found.metrics == expected.metrics


def as_csv(log: list[dict[str, Any]], columns: dict[str, str], domain: Any, zone: str) -> str:
    """The log with other names, and times as people write them who live there."""
    place, levels = ZoneInfo(zone), {"paid": "premium", "free": "basic"}
    times = [name for name, field in domain.every_field().items() if field.is_time]
    names = list(dict.fromkeys(name for record in log for name in record))
    text = StringIO()
    rows = csv.writer(text)
    rows.writerow([columns.get(name, name) for name in names])
    for record in log:
        row = dict(record)
        for name in times:
            if row.get(name) is not None:
                moment = datetime.fromtimestamp(row[name] / 1000, place)
                # the hour that comes twice needs its offset
                row[name] = moment.isoformat() if moment.fold else _bare(moment)
        row["level"] = levels.get(row.get("level", ""), row.get("level"))
        rows.writerow(["" if row.get(name) is None else row[name] for name in names])
    return text.getvalue()


def _bare(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(sep=" ")
