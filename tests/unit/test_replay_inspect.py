"""The data quality report counts what is in a log that we know."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner

from replay.cli import main
from tests.unit.replay_lines import line, write

LINES = [
    line(1, 0),
    line("2", 10, page="Home", song=None, artist="", length=None),
    line("2", 10, page="Home", song=None, artist="", length=None),  # the same event twice
    line("", 20, auth="Logged Out"),
    b"{broken",
    line("1", 500, status="200"),
    line("1", 300),  # 200 s behind
    line("3", 600, length=1.0).replace(b"1.0", b"NaN"),
    line("3", 601, song="Infinity"),
    line("3", 610, page="Cancel"),
    line("3", 640, page="Cancellation Confirmation", auth="Cancelled"),
    line("4", 1, ts=-5),
    b"[]",
]


def run(*arguments: str) -> Any:
    result = CliRunner().invoke(main, ["inspect", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.stderr
    return result.stdout


@pytest.fixture
def path(tmp_path: Path) -> str:
    return write(tmp_path / "log.jsonl", LINES)


def test_the_report_as_json(path: str) -> None:
    report = orjson.loads(run(path, "--domain", "churn", "--json"))
    fields = report.pop("fields")
    types = report.pop("types")
    bad = report.pop("bad")

    assert report == {
        "domain": "churn",
        "files": [path],
        "rows": 13,
        "events": 9,
        "anonymous": 1,
        "anonymous_share": pytest.approx(1 / 13, abs=1e-6),
        "users": 3,
        "first_event": "2018-10-01T00:00:00+00:00",
        "last_event": "2018-10-01T00:10:40+00:00",
        "span_days": round(640 / 86_400, 3),
        "outcomes": {
            "signs": 1,
            "reached": 1,
            "users": 1,
            "share_of_users": pytest.approx(1 / 3, abs=1e-6),
            "amount": None,
        },
        "disorder": {
            "behind": 1,
            "behind_own_user": 1,
            "worst": {"ms": 200_000, "file": path, "line": 7},
            "sort_buffer": 10_000,
            "beyond_sort_buffer": 0,
        },
        "duplicates": 1,
    }
    assert types["NextSong"] == {"count": 5, "share": pytest.approx(5 / 9, abs=1e-6)}
    assert sum(kind["count"] for kind in types.values()) == 9
    assert {reason: kind["count"] for reason, kind in bad.items()} == {
        "bad_json": 1,
        "bad_ts": 1,
        "not_an_object": 1,
    }
    assert bad["bad_json"]["first"][0]["line"] == 5
    assert fields["userId"]["types"] == {"text": 9, "integer": 1}
    assert (fields["userId"]["missing"], fields["userId"]["broken"]) == (1, 1)
    assert (fields["song"]["missing"], fields["song"]["broken"]) == (2, 0)
    assert (fields["length"]["missing"], fields["length"]["broken"]) == (2, 1)
    assert (fields["status"]["missing"], fields["status"]["broken"]) == (0, 1)


def test_disorder_beyond_the_sort_buffer_is_told(path: str) -> None:
    report = orjson.loads(run(path, "--domain", "churn", "--json", "--sort-buffer", "0"))

    assert report["disorder"]["beyond_sort_buffer"] == 1
    assert "will refuse" in run(path, "--domain", "churn", "--sort-buffer", "0")


def test_the_report_for_people_names_no_person(path: str) -> None:
    text = run(path, "--domain", "churn")

    for expected in ("Cancellation Confirmation", "bad_json", "3 min 20 s", "33.33%"):
        assert expected in text
    assert "Sanchez" not in text
    assert "Brayden" not in text


def test_names_in_a_log_are_neither_markup_nor_control_characters(tmp_path: Path) -> None:
    odd = line(1, 0, page="[/red] [b]", **{"\x1b[2Jx": 1})
    text = run(write(tmp_path / "[bold]", [odd]), "--domain", "churn")

    assert "[/red] [b]" in text
    assert "[bold]" in text
    assert "\x1b" not in text


def test_several_logs_make_one_report(tmp_path: Path) -> None:
    paths = [write(tmp_path / name, [line(name, 1), line("both", 2)]) for name in ("a", "b")]
    report = orjson.loads(run(*paths, "--domain", "churn", "--json"))

    assert (report["rows"], report["users"], report["duplicates"]) == (4, 3, 1)


def test_a_log_of_bad_lines_only(tmp_path: Path) -> None:
    path = write(tmp_path / "log.jsonl", [b"{", b"{"])
    report = orjson.loads(run(path, "--domain", "churn", "--json"))

    assert (report["rows"], report["events"], report["users"]) == (2, 0, 0)
    assert report["first_event"] is None
    text = run(path, "--domain", "churn")
    assert "bad_json" in text
    assert "Event types" not in text


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([line("1", 0), line("1", 10, page="unsubscribe")], True),
        ([line("1", 0), line("1", 10, page="Cancellation Confirmation")], False),
    ],
)
def test_a_log_in_which_nobody_has_the_outcome_is_told(
    lines: list[bytes], told: bool, tmp_path: Path
) -> None:
    path = write(tmp_path / "log.jsonl", lines)
    result = CliRunner().invoke(main, ["inspect", path, "--domain", "churn"])

    assert ("No user here has the outcome" in result.stderr) is told


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.jsonl", "--domain", "churn"], "nowhere.jsonl: no such file"),
        (["nowhere.jsonl", "--domain", "chum"], "churn"),
    ],
)
def test_what_cannot_be_read_is_one_line_and_exit_code_1(
    arguments: list[str], message: str
) -> None:
    result = CliRunner().invoke(main, ["inspect", *arguments], catch_exceptions=False)

    assert result.exit_code == 1
    assert message in result.stderr
