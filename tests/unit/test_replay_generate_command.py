"""The command ``replay generate``."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from models import domains, sanitise
from models.errors import BadRecord, UnknownDomain
from replay import generate as makers
from replay.generate.command import generate
from replay.generate.defects import DEFECTS
from stream.logfile import LogFile

SMALL = ["--domain", "churn", "--users", "20", "--days", "4"]
PROGRAM = [sys.executable, "-c", "from replay.generate.command import generate; generate()"]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(generate, [*SMALL, *arguments])


def test_every_format_holds_the_same_lines(tmp_path: Path) -> None:
    contents = []
    for suffix in (".jsonl", ".jsonl.gz", ".jsonl.zst", ".jsonl.bz2"):
        target = tmp_path / f"log{suffix}"
        result = run("-o", str(target))
        assert result.exit_code == 0, result.output
        contents.append([record for _, record in LogFile(str(target))])
    assert len(contents[0]) > 100
    assert all(content == contents[0] for content in contents)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "log.jsonl",
        "log.jsonl.bz2",
        "log.jsonl.gz",
        "log.jsonl.zst",
    ]


def test_standard_output_carries_the_log_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "log.jsonl"
    run("-o", str(target))
    result = run("-o", "-")
    assert result.stdout_bytes == target.read_bytes()
    assert "events written to standard output" in result.stderr


def test_the_bytes_are_the_same_in_any_process_and_other_with_another_seed(tmp_path: Path) -> None:
    options = ["--defects", "0.05", "--duplicates", "0.05", "--late", "0.05"]
    logs = []
    for hash_seed, seed in (("0", "7"), ("1", "7"), ("1", "8")):
        target = tmp_path / f"{hash_seed}{seed}.jsonl.gz"
        subprocess.run(
            [*PROGRAM, *SMALL, *options, "--seed", seed, "-o", str(target)],
            env=os.environ | {"PYTHONHASHSEED": hash_seed},
            check=True,
            capture_output=True,
        )
        logs.append(target.read_bytes())
    assert logs[0] == logs[1]
    assert logs[1] != logs[2]


def test_the_start_moves_the_log(tmp_path: Path) -> None:
    target = tmp_path / "log.jsonl"
    run("--start", "2024-02-29", "-o", str(target))
    first = next(iter(LogFile(str(target))))[1]
    ts = sanitise.millis(sanitise.decode(first)["ts"])
    assert ts is not None
    assert 0 <= ts - 1_709_164_800_000 < 86_400_000


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-o", "log.csv"], "must end with one of .jsonl, .jsonl.gz, .jsonl.zst, .jsonl.bz2"),
        (["-o", "x.jsonl", "--drift-at", "4"], "from 1 to 3 for 4 days"),
        (["-o", "x.jsonl", "--days", "1", "--drift-at", "1"], "2 days or more"),
        (["-o", "x.jsonl", "--start", "2099-12-31"], "between 2000-01-01 and 2100-01-01"),
        (["-o", "x.jsonl", "--defects", "1.5"], "0<=x<=1"),
        (["-o", "x.jsonl", "--users", "0"], "x>=1"),
        (["-o", "x.jsonl", "--domain", "nonsense"], "only those of: churn"),
        ([], "Missing option '--output'"),
    ],
)
def test_wrong_options_are_explained(
    arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    folder = tmp_path / "folder.jsonl"
    folder.mkdir()
    for target in (folder, tmp_path / "missing" / "log.jsonl"):
        result = run("-o", str(target))
        assert result.exit_code == 1
        assert f"cannot write {target}" in result.stderr
    assert list(tmp_path.iterdir()) == [folder]


def test_an_interrupted_log_leaves_no_file_and_keeps_the_old_one(tmp_path: Path) -> None:
    target = tmp_path / "log.jsonl.zst"
    target.write_bytes(b"old")
    process = subprocess.Popen(
        [*PROGRAM, "--domain", "churn", "--users", "3000", "--days", "3000", "-o", str(target)],
        stderr=subprocess.PIPE,
        text=True,
    )
    part = tmp_path / "log.jsonl.zst.part"
    try:
        while not part.exists():
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130
    assert "Interrupted" in error
    assert "Traceback" not in error
    assert list(tmp_path.iterdir()) == [target]
    assert target.read_bytes() == b"old"


def test_a_reader_that_stops_early_ends_it_quietly() -> None:
    process = subprocess.Popen(
        [*PROGRAM, "--domain", "churn", "--users", "500", "--days", "500", "-o", "-", "-q"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    with process.stdout, process.stderr:
        assert process.stdout.readline().startswith(b'{"ts":')
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.wait(timeout=60) == 1


def test_quiet_says_nothing(tmp_path: Path) -> None:
    assert run("-q", "-o", str(tmp_path / "log.jsonl")).output == ""


def test_what_was_disturbed_is_told_and_can_be_read(tmp_path: Path) -> None:
    target = tmp_path / "rough.jsonl"
    result = run("--defects", "0.2", "--duplicates", "0.1", "--late", "0.1", "-o", str(target))
    for name in ("duplicates", "late", *(defect.__name__ for defect in DEFECTS)):
        assert f"  {name.replace('_', ' ')}: " in result.stderr
    churn = domains.load("churn")
    outcomes = {"accepted": 0, "rejected": 0}
    for _, line in LogFile(str(target)):
        try:
            churn.parse(sanitise.decode(line))
            outcomes["accepted"] += 1
        except BadRecord:
            outcomes["rejected"] += 1
    total = sum(outcomes.values())
    assert total == int(result.stderr.split(" events", 1)[0].replace(",", ""))
    assert 0.02 * total < outcomes["rejected"] < 0.2 * total


def test_an_unknown_domain_names_the_known_ones() -> None:
    assert "churn" in makers.names()
    with pytest.raises(UnknownDomain, match="only those of: churn"):
        makers.load("weather")


def test_help_teaches() -> None:
    text = " ".join(CliRunner().invoke(generate, ["--help"]).output.split())
    for word in ("--drift-at", "--defects", "--late", "Examples:", "130 after", "DOMAIN.py"):
        assert word in text
    assert "\\b" not in text
