"""A layout makes a log's own columns a domain's fields, and says what is wrong with itself."""

import csv
import json
import tempfile
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import domains
from models.plan import Plan
from models.sanitise import MAX_TS, decode
from replay.generate import load as maker
from stream.backtest import backtest
from stream.layout import Layout, LayoutError, as_millis, fields_of, laid_out, missing_fields
from stream.logfile import LogFile
from stream.unfolding import unfolded

CHURN, REVENUE = domains.load("churn"), domains.load("revenue")
BERLIN = ZoneInfo("Europe/Berlin")
MUSIC = """
[columns]
userId = "customer"
ts = "time"
page = "action"

[values.page]
play = "NextSong"
7 = "Home"

[constants]
auth = "Logged In"

[time]
zone = "Europe/Berlin"
"""


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def layout(text: str, domain: Any = CHURN) -> Layout:
        path = tmp_path / "music.toml"
        path.write_text(text)
        return Layout.load(str(path), domain)

    return layout


def applied(layout: Layout, **record: object) -> Any:
    return orjson.loads(layout.apply(orjson.dumps(record)))


def test_columns_values_constants_and_times(write: Any) -> None:
    layout = write(MUSIC)

    assert applied(
        layout, customer="a", time="2018-10-01 02:00:00", action="play", city="Bonn"
    ) == {
        "userId": "a",
        "ts": 1_538_352_000_000,
        "page": "NextSong",
        "city": "Bonn",
        "auth": "Logged In",
    }
    assert applied(layout, action=7)["page"] == "Home"
    assert applied(layout, action="other")["page"] == "other"
    assert applied(layout, action=None)["page"] is None
    assert applied(layout, registration="2018-10-01")["registration"] == 1_538_344_800_000


def test_a_constant_is_for_records_without_a_value(write: Any) -> None:
    layout = write('[constants]\nauth = "Logged In"\nregistration = 2018-10-01')

    assert applied(layout, auth="Cancelled")["auth"] == "Cancelled"
    assert applied(layout, auth=None)["auth"] == "Logged In"
    assert applied(layout)["registration"] == 1_538_352_000_000


def test_a_field_is_read_from_its_column_and_from_nowhere_else(write: Any) -> None:
    layout = write('[columns]\nuserId = "customer"')

    assert applied(layout, userId=1, customer="a") == {"userId": "a"}
    assert applied(layout, userId=1) == {}


def test_columns_may_be_exchanged_and_be_read_twice(write: Any) -> None:
    layout = write('[columns]\nuserId = "page"\npage = "userId"\nsessionId = "page"')

    found = applied(layout, userId="Home", page=5)
    assert found == {"userId": 5, "page": "Home", "sessionId": 5}


@pytest.mark.parametrize("raw", [b"", b"{broken", b"[1]", b"7", b"a,b", b"\xff", b"{" * 2000])
def test_what_is_no_object_passes_untouched(write: Any, raw: bytes) -> None:
    assert write(MUSIC).apply(raw) == raw


def test_what_python_alone_takes_for_json_keeps_what_is_odd(write: Any) -> None:
    found = write(MUSIC).apply(b'{"customer": "\\ud800", "length": NaN, "n": Infinity}')

    assert b"NaN" in found
    assert decode(found) == {"userId": "\ud800", "length": None, "n": None, "auth": "Logged In"}


def test_records_nested_deeper_than_orjson_writes_are_mapped(write: Any) -> None:
    deep = b"[" * 300 + b"]" * 300

    assert write(MUSIC).apply(b'{"x": ' + deep + b"}") == b'{"x": ' + deep + b"}"


@pytest.mark.parametrize(
    ("value", "ms"),
    [
        (1_538_352_000_500, 1_538_352_000_500),
        (1_538_352_000_500.4, 1_538_352_000_500),
        (1_538_352_000, 1_538_352_000_000),
        (1_538_352_000.123, 1_538_352_000_123),
        ("1538352000", 1_538_352_000_000),
        (" 1538352000500 ", 1_538_352_000_500),
        ("1538352000.25", 1_538_352_000_250),
        ("2018-10-01T00:00:00Z", 1_538_352_000_000),
        ("2018-10-01T02:00:00+02:00", 1_538_352_000_000),
        ("2018-10-01 02:00", 1_538_352_000_000),
        ("2018-10-01", 1_538_344_800_000),
        ("2018-10-28 02:30", 1_540_686_600_000),  # comes twice: the first one, summer time
        ("1969-12-31T23:59:59.9999Z", -1),
        (0, 0),
    ],
)
def test_times_are_told_apart(value: object, ms: int) -> None:
    assert as_millis(value, BERLIN) == ms


@pytest.mark.parametrize(
    "value",
    [
        *(None, True, "", "soon", "01/10/2018", "nan", "inf", "-5", -5, -5.5, [1], {"a": 1}),
        *(MAX_TS, str(MAX_TS), 1e300, "9" * 5000, float("nan"), float("inf")),
        *("2018-10-32", "0001-01-01T00:00:00+99:00"),
    ],
)
def test_what_is_no_time_stays_as_it_is(value: object) -> None:
    assert as_millis(value, BERLIN) is value


@given(st.integers(10**11, MAX_TS - 1), st.sampled_from([UTC, BERLIN]))
def test_iso_8601_with_an_offset_gives_the_time_back(ms: int, zone: Any) -> None:
    text = datetime.fromtimestamp(ms // 1000, zone).replace(microsecond=ms % 1000 * 1000)

    assert as_millis(text.isoformat(), UTC) == ms


def test_the_times_are_those_that_the_domains_say(write: Any) -> None:
    assert write("").times == ("ts", "registration")
    assert sorted(write("", REVENUE).times) == ["installed_at", "ts"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
names = st.sampled_from(["customer", "time", "action", "userId", "ts", "auth", "registration"])


@given(st.dictionaries(names | st.text(), json_values, max_size=6))
def test_any_object_stays_one_and_keeps_its_other_columns(record: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "music.toml"
        path.write_text(MUSIC)
        layout = Layout.load(str(path), CHURN)
    raw = json.dumps(record).encode()
    found = decode(layout.apply(raw))

    given_before = decode(raw)
    for name in given_before.keys() - fields_of(CHURN).keys() - {"customer", "time", "action"}:
        assert found[name] == given_before[name]
    if "customer" in record:
        assert found["userId"] == given_before["customer"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[columns", "is not TOML: Expected"),
        ('x = 1\n[columns\nts = "time"', "is not TOML: .*line 2"),
        ('[column]\nts = "time"', "no table 'column' is known .is columns meant"),
        ("columns = 1", "columns must be a table"),
        (
            '[columns]\nuser_id = "a"',
            "user_id is no field of churn .is userId meant..; there are: ",
        ),
        ('[columns]\nxyz = "a"', "xyz is no field of churn; there are: ts, userId, page"),
        ("[columns]\nts = 3", "ts must be the name of a column"),
        ('[columns]\nts = ""', "ts must be the name of a column"),
        ('[values]\npage = "a"', r"\[values.page\]"),
        ('[values.pag]\na = "b"', "pag is no field of churn .is page meant"),
        ("[values.page]\na = []", r"\[values.page\] a must be a text or a number"),
        ('[values.page]\na = ""', r"\[values.page\] a cannot be ''"),
        ('[values.level]\npro = "premium"', "cannot be 'premium'; valid for level: free, paid"),
        ('[constants]\nlevel = "x"', "valid for level: free, paid"),
        ("[constants]\nauth = true", "auth must be a text or a number"),
        ("[constants]\nsessionId = nan", "sessionId must be a finite number"),
        ("[constants]\nsessionId = 99999999999999999999", "must be a finite number"),
        ('[columns]\nauth = "a"\n[constants]\nauth = "b"', "read from the column 'a' already"),
        ('[time]\nzone = "Berlin"', "'Berlin' is none that is known"),
        ("[time]\nzone = 1", "1 is none that is known"),
        ('[time]\nzone = "../../etc/passwd"', "is none that is known"),
        ('[time]\nzones = "UTC"', "no 'zones' .is zone meant"),
    ],
)
def test_a_layout_that_cannot_be_says_why(write: Any, text: str, message: str) -> None:
    with pytest.raises(LayoutError, match=message) as error:
        write(text)
    assert str(error.value).split(": ")[0].endswith("music.toml")


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(LayoutError, match=r"nowhere\.toml: cannot be read: No such file"):
        Layout.load("nowhere.toml", CHURN)
    with pytest.raises(LayoutError, match="directory"):
        Layout.load(str(tmp_path), CHURN)
    (tmp_path / "latin.toml").write_bytes(b"# \xe9")
    with pytest.raises(LayoutError, match="is not UTF-8"):
        Layout.load(str(tmp_path / "latin.toml"), CHURN)


def test_the_digest_tells_what_it_says_and_no_more(write: Any) -> None:
    one = write('[columns]\nts = "a"\npage = "b"').digest

    assert write('# same\n[columns]\npage = "b"\nts = "a"').digest == one
    others = {
        write(text).digest
        for text in ("", '[columns]\nts = "a"', MUSIC, MUSIC[: MUSIC.index("[time]")])
    }
    assert len(others | {one}) == 5


def test_flat_rows_are_unfolded_after_it(write: Any) -> None:
    layout = write(
        '[columns]\nuser_id = "player"\ninstalled_at = "when"\nevent_1 = "levels"\n'
        'source = "ts"\n[values.source]\nad = "non-organic"',
        REVENUE,
    )
    row = {"player": "p", "when": "2024-01-01T00:00:00", "levels": "2", "ts": "ad"}
    lines = unfolded(laid_out([(1, orjson.dumps(row))], layout), REVENUE)
    events: list[Any] = [REVENUE.parse(orjson.loads(raw)) for _, raw in lines]

    assert [REVENUE.event_type(event) for event in events] == ["install", "event_1", "event_1"]
    assert events[0].ts == 1_704_067_200_000
    assert "non-organic" in events[0].traits


def test_a_log_with_other_columns_is_told(tmp_path: Path, write: Any) -> None:
    path = tmp_path / "a.csv"
    path.write_text("time,customer,page\n1,2,3\n")
    said = missing_fields(LogFile(str(path)), CHURN, None)

    assert "has ts, userId, which churn needs. Its columns: time, customer, page." in said
    assert f"`replay layout {path} --domain churn" in said
    half = write('[columns]\nts = "time"')
    assert "has userId, which churn needs: name" in missing_fields(LogFile(str(path)), CHURN, half)
    whole = write('[columns]\nts = "time"\nuserId = "customer"')
    assert missing_fields(LogFile(str(path)), CHURN, whole) == ""
    path.write_text("no\nrecord\n")
    assert missing_fields(LogFile(str(path)), CHURN, None) == ""
    assert missing_fields(LogFile("-"), CHURN, None) == ""


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
            layout=Layout.load(str(layout), chosen),
        )
    assert (found.events, found.rejected) == (expected.events, expected.rejected)
    assert found.state_sha256 == expected.state_sha256
    assert (found.scored, found.anonymous) == (expected.scored, expected.anonymous)
    assert (found.snapshots, found.labels) == (expected.snapshots, expected.labels)
    assert found.metrics == expected.metrics


def as_csv(log: list[dict[str, Any]], columns: dict[str, str], domain: Any, zone: str) -> str:
    """The log with other names, and times as people write them who live there."""
    place, levels = ZoneInfo(zone), {"paid": "premium", "free": "basic"}
    times = [name for name, field in fields_of(domain).items() if field.is_time]
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
