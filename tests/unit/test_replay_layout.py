"""``replay layout`` drafts what a person completes; what is given as --layout is read so."""

import tomllib
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from models import domains
from replay.cli import main
from replay.columns import Columns
from replay.layout_draft import draft, guess
from replay.resume import mark_of
from replay.send import Plan
from replay.send_command import how_to_go_on
from stream.backtest_command import backtest

CSV = """\
time,customer,visit,action,plan,city
2018-10-01 00:00:00,ann,1,play,premium,Bonn
2018-10-01 00:03:00,ann,1,thumbs_up,premium,Bonn
2018-10-02 00:00:00,bob,2,Home,basic,
2018-10-03 00:00:00,bob,2,unsubscribe,basic,Ulm
"""
EDITED = """
[columns]
userId = "customer"
ts = "time"
page = "action"
sessionId = "visit"
level = "plan"
[values.page]
play = "NextSong"
unsubscribe = "Cancellation Confirmation"
[values.level]
premium = "paid"
basic = "free"
"""


@pytest.fixture
def log(tmp_path: Path) -> str:
    (tmp_path / "listens.csv").write_text(CSV)
    return str(tmp_path / "listens.csv")


@pytest.fixture
def edited(tmp_path: Path) -> str:
    (tmp_path / "edited.toml").write_text(EDITED)
    return str(tmp_path / "edited.toml")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


def test_columns_are_guessed_by_name_and_marked(log: str) -> None:
    result = run("layout", log, "--domain", "churn")
    text = result.stdout

    assert result.exit_code == 0
    assert tomllib.loads(text) == {
        "columns": {
            "ts": "time",
            "userId": "customer",
            "page": "action",
            "sessionId": "visit",
            "level": "plan",
        }
    }
    assert text.count("  # guessed\n") == 5
    assert "# Required. The subscriber.\nuserId = " in text
    assert text.index("# Required. What was visited") < text.index("# The visit.")
    assert '# registration = ""' in text
    assert "# Columns that no field was found for, and" in text
    assert "# city: Bonn 2, Ulm 1\n" in text
    assert '# auth = "Logged In"' in text


def test_values_are_shown_with_their_counts_beside_the_valid_ones(log: str) -> None:
    text = run("layout", log, "--domain", "churn").stdout

    assert "# page can be: NextSong, Thumbs Up," in text
    assert "# [values.page]" in text
    assert '# play = ""  # seen: 1' in text
    assert '# thumbs_up = "Thumbs Up"  # guessed; seen: 1' in text
    assert "# Home is valid as it is  # seen: 1" in text
    assert "# level can be: free, paid\n# [values.level]" in text
    assert '# premium = ""  # seen: 2' in text
    assert "ann" not in text  # who the users are is no kind of anything
    assert max(map(len, text.splitlines()[1:])) <= 100


def test_what_no_field_was_found_for_shows_its_values(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = [
        "gehoert;K-1",
        "gehoert;K-2",
        "Abo \x1b[2J beendet;K-1",
        *(f"x;K-{n}" for n in range(99)),
    ]
    path.write_text("\n".join(["Vorgang;Kunde", *rows, ""]))
    text = run("layout", str(path), "--domain", "churn").stdout

    assert '# Vorgang: x 99, gehoert 2, "Abo \\u001b[2J beendet" 1\n' in text
    assert "# Kunde: many values\n" in text
    assert "# page can be: NextSong, Thumbs Up," in text
    assert "# [values.page]" in text
    assert "\x1b" not in text
    assert tomllib.loads(text) == {"columns": {}}


def test_what_can_be_uncommented_is_toml(log: str) -> None:
    text = run("layout", log, "--domain", "churn").stdout
    body = text[text.index("# [values.page]") : text.index("# [constants]")]
    said = [line.removeprefix("# ") for line in body.splitlines() if " = " in line or "[" in line]

    found = tomllib.loads("\n".join(said))
    assert found["values"]["page"] == {"play": "", "thumbs_up": "Thumbs Up", "unsubscribe": ""}


def test_a_time_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("date,user\n01/10/2018,a\n")

    text = run("layout", str(path), "--domain", "churn").stdout
    assert 'ts = "date"  # guessed; but 01/10/2018 is no time that can be read' in text


def test_fields_of_flat_rows_count(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "Player ID,Country,os,installed,Event-1,channel\na,DE,ios,2024-01-01,3,organic\n"
    )

    text = run("layout", str(path), "--domain", "revenue").stdout
    assert tomllib.loads(text)["columns"] == {
        "user_id": "Player ID",
        "country": "Country",
        "platform": "os",
        "installed_at": "installed",
        "event_1": "Event-1",
        "source": "channel",
    }
    assert "# Required of events; flat rows have none. What happened." in text
    assert "# organic is valid as it is" in text


def test_it_is_written_to_a_new_file_only(log: str, tmp_path: Path) -> None:
    path = tmp_path / "my.toml"
    result = run("layout", log, "--domain", "churn", "-o", str(path))

    assert (result.exit_code, result.stdout) == (0, "")
    assert "userId" in path.read_text()
    again = run("layout", log, "--domain", "churn", "-o", str(path))
    assert again.exit_code == 1
    assert "exists already" in again.stderr
    lost = run("layout", log, "--domain", "churn", "-o", str(tmp_path / "no" / "my.toml"))
    assert "cannot be written: No such file" in lost.stderr


def test_a_draft_is_a_layout_as_it_is(log: str, tmp_path: Path) -> None:
    path = str(tmp_path / "my.toml")
    run("layout", log, "--domain", "churn", "-o", path)

    report = orjson.loads(run("inspect", log, "-d", "churn", "-l", path, "--json").stdout)
    assert (report["events"], report["users"], report["bad"]) == (4, 2, {})


def test_what_has_no_columns_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("no\njson\n")

    result = run("layout", str(path), "--domain", "churn")
    assert result.exit_code == 1
    assert "is a record with columns" in result.stderr


#: Of both domains, by their names.
FIELDS = {
    name: field
    for domain in ("churn", "revenue")
    for name, field in domains.load(domain).every_field().items()
}


@pytest.mark.parametrize(
    ("fields", "columns", "found"),
    [
        (["userId"], ["user", "USER_ID"], ["USER_ID"]),
        (["userId", "ts"], ["ts", "account"], ["account", "ts"]),
        (["ts", "registration"], ["created_at", "signup"], ["created_at", "signup"]),
        (["page"], ["name", "event"], ["event"]),
        (["type", "page"], ["event"], ["event"]),
        (["revenue"], ["Price", "x"], ["Price"]),
        (["level"], ["y"], []),
    ],
)
def test_the_likeliest_name_wins(fields: list[str], columns: list[str], found: list[str]) -> None:
    guessed = guess({name: FIELDS[name] for name in fields}, columns)
    assert guessed == dict(zip(fields, found, strict=False))


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["user", "time", "plan", "page", "type", "source"]) | st.text(),
            st.text() | st.integers() | st.none() | st.floats() | st.lists(st.none()),
        ),
        min_size=1,
    ),
    st.sampled_from(domains.names()),
)
def test_a_draft_of_any_log_is_toml(records: list[dict[str, Any]], domain: str) -> None:
    columns = Columns()
    for record in records:
        columns.add(record)
    found = tomllib.loads(draft(columns, domains.load(domain), "any\nlog"))

    assert set(found) == {"columns"}
    assert set(found["columns"].values()) <= {name for record in records for name in record}


def test_inspect_reads_columns_as_a_layout_says(log: str, edited: str) -> None:
    report = orjson.loads(run("inspect", log, "-d", "churn", "--layout", edited, "--json").stdout)

    assert (report["events"], report["users"], report["bad"]) == (4, 2, {})
    assert report["outcomes"]["reached"] == 1
    assert report["first_event"] == "2018-10-01T00:00:00+00:00"
    assert list(report["fields"])[:2] == ["ts", "userId"]
    assert "NextSong" in run("inspect", log, "-d", "churn", "--layout", edited).stdout


def test_a_log_with_other_columns_points_to_replay_layout(log: str) -> None:
    told = f"`replay layout {log} --domain churn"

    assert told in run("inspect", log, "-d", "churn").stderr
    assert told in CliRunner().invoke(backtest, [log, "--domain", "churn"]).stderr


def test_backtest_reads_columns_as_a_layout_says(log: str, edited: str) -> None:
    given = [log, "--domain", "churn", "--json"]
    found = orjson.loads(CliRunner().invoke(backtest, [*given, "--layout", edited]).stdout)

    assert (found["events"], found["rejected"], found["users"]) == (4, 0, 2)


@pytest.mark.parametrize("command", [["inspect"], ["send", "--broker", "kafka://127.0.0.1:1"]])
def test_a_layout_that_cannot_be_read_is_one_line_and_exit_code_1(
    log: str, command: list[str]
) -> None:
    result = run(*command, log, "-d", "churn", "--layout", "nowhere.toml")

    assert result.exit_code == 1
    assert result.stderr == "Error: nowhere.toml: cannot be read: No such file or directory\n"


def test_a_replay_goes_on_with_its_layout(log: str) -> None:
    plan = Plan([log], "churn", layout="my own.toml")

    assert "--layout 'my own.toml' --resume" in how_to_go_on(plan)
    assert mark_of([log], 1, 4, "aa").log == mark_of([log], 1, 4).log
    assert len({mark_of([log], 1, 4, layout).way for layout in ("", "aa", "bb")}) == 3
