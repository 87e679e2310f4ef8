"""Options and messages of ``replay``."""

import pytest
from click.testing import CliRunner

from models.errors import BadRecord
from replay.cli import main
from replay.entries import Entry
from replay.progress import Meter
from replay.report import Report
from replay.send import Plan
from replay.send_command import how_to_go_on


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["x", "-d", "churn", "--rate", "5", "--max"], "exclude each other"),
        (["x", "-d", "churn", "--rate", "5", "--speed", "1"], "exclude each other"),
        (["x", "-d", "churn", "--rate", "0"], "--rate"),
        (["-", "-d", "churn", "--resume"], "standard input"),
        (["-", "-d", "churn", "--loop"], "standard input"),
        (["x"], "--domain"),
        (["-d", "churn"], "FILE"),
    ],
)
def test_wrong_options_are_told_with_exit_code_2(options: list[str], message: str) -> None:
    result = CliRunner().invoke(main, ["send", *options])

    assert result.exit_code == 2
    assert message in result.stderr


def test_wrong_settings_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEIR_PARTITIONS", "none")
    result = CliRunner().invoke(main, ["send", "x", "-d", "churn"])

    assert result.exit_code == 1
    assert "WEIR_PARTITIONS" in result.stderr


@pytest.mark.parametrize("command", ["send", "inspect"])
def test_help_teaches_with_examples(command: str) -> None:
    result = CliRunner().invoke(main, [command, "--help"])

    assert result.exit_code == 0
    assert f"replay {command} log.jsonl.zst --domain churn" in result.stdout


def test_how_to_go_on_keeps_every_option() -> None:
    plan = Plan(
        ["a b.jsonl", "c.jsonl"],
        "churn",
        speed=600,
        loop=True,
        strict=True,
        allow_late=True,
        send_bad=True,
        sort_buffer=7,
        check=False,
        bad_file="bad.jsonl",
    )
    assert how_to_go_on(plan) == (
        "Go on with: replay send 'a b.jsonl' c.jsonl --domain churn --speed 600 --sort-buffer 7 "
        "--bad bad.jsonl --loop --strict --allow-late --send-bad --no-check --resume"
    )
    assert "cannot be resumed" in how_to_go_on(Plan(["-"], "churn"))


def test_the_report_shows_the_first_bad_lines_and_counts_the_rest() -> None:
    report = Report("events.churn", ["log"])
    for number in range(9):
        report.add_bad(Entry(0, 0, number, None, b"", BadRecord("bad_json", "why")), None)
    text = report.as_text()

    assert "bad_json 9" in text
    assert "log, line 4: bad_json: why" in text
    assert "line 5" not in text
    assert "4 more" in text


def test_progress_without_a_terminal_is_a_line_now_and_then(
    capsys: pytest.CaptureFixture[str],
) -> None:
    now = 100.0
    with Meter("sending", 1000, clock=lambda: now) as meter:
        for step in range(12):
            now = 100.0 + step
            meter.show(step * 10, step * 10)
    lines = capsys.readouterr().err.splitlines()

    assert lines == [
        "sending: 5%, 50 events, 10/s, 95 s left",
        "sending: 10%, 100 events, 10/s, 90 s left",
    ]
