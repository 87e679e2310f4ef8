"""``stream prune`` on both databases."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from stream import prune_command
from stream.adapters.prediction_log import PredictionLog
from stream.cli import main
from stream.embedded.ports import any_free
from tests.record_parts import everything, prediction, with_log

DAY = 86_400_000

Prune = Callable[..., Result]


@pytest.fixture
def prune(monkeypatch: pytest.MonkeyPatch) -> Prune:
    def prune(url: str, *arguments: str) -> Result:
        monkeypatch.setenv("WEIR_DATABASE_URL", url)
        return CliRunner().invoke(main, ["prune", *arguments])

    return prune


def fill(url: str, ages: list[float]) -> None:
    """Record rows of so many days ago."""

    async def scenario(log: PredictionLog) -> None:
        now = time.time() * 1000
        rows = [prediction(at=int(now - age * DAY), request_id=str(age)) for age in ages]
        await log.append(rows)

    with_log(url, scenario)


def left(url: str) -> list[float]:
    found: list[float] = []

    async def scenario(log: PredictionLog) -> None:
        found.extend(float(row.request_id) for row in await everything(log))

    with_log(url, scenario)
    return found


def test_what_is_older_goes_and_the_rest_stays(database_url: str, prune: Prune) -> None:
    fill(database_url, [0, 1, 29.9, 30.1, 31, 400])

    dry = prune(database_url, "--keep", "30", "--dry-run")
    assert (dry.exit_code, len(left(database_url))) == (0, 6)
    assert dry.output.startswith("3 predictions from before ")
    assert dry.output.endswith(" would be deleted\n")

    wet = prune(database_url, "--keep", "30")
    assert wet.exit_code == 0, wet.output
    assert wet.output.splitlines()[-1].startswith("3 predictions from before ")
    assert wet.output.endswith(" UTC deleted\n")
    assert left(database_url) == [0, 1, 29.9]
    assert prune(database_url, "--keep", "30").output.startswith("0 predictions")


def test_many_go_in_batches(
    database_url: str, prune: Prune, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prune_command, "_BATCH", 100)
    fill(database_url, [1.0] + [40.0 + n / 1000 for n in range(1234)])
    result = prune(database_url, "--keep", "30")
    assert result.output.splitlines()[-1].startswith("1,234 predictions from before ")
    assert left(database_url) == [1]


def test_a_record_that_is_turned_off_cannot_be_pruned(prune: Prune) -> None:
    result = prune("none", "--keep", "30")
    assert result.exit_code == 1
    assert "there is no record to prune" in result.output


def test_a_database_that_is_away_is_named_without_its_password(prune: Prune) -> None:
    result = prune(f"postgresql://weir:s3cret@127.0.0.1:{any_free()}/weir", "--keep", "30")
    assert result.exit_code == 1
    assert result.output.startswith("Error: the database postgresql://127.0.0.1:")
    assert "s3cret" not in result.output


def test_a_wrong_path_is_said_and_no_file_is_made(prune: Prune, tmp_path: Path) -> None:
    result = prune(f"sqlite:///{tmp_path}/no/weir.db", "--keep", "30")
    assert result.exit_code == 1
    assert "no such file" in result.output
    assert not (tmp_path / "no").exists()


def test_a_database_without_our_tables_is_said(database_url: str, prune: Prune) -> None:
    if database_url.startswith("sqlite"):
        Path(database_url.removeprefix("sqlite:///")).touch()
    result = prune(database_url, "--keep", "30")
    assert result.exit_code == 1
    assert "it has no tables of Weir" in result.output


@pytest.mark.parametrize("days", ["0", "-1", "soon"])
def test_only_whole_days_are_kept(prune: Prune, days: str) -> None:
    result = prune("sqlite:///no.db", "--keep", days)
    assert result.exit_code == 2
    assert "--keep" in result.output


def test_the_help_teaches(prune: Prune) -> None:
    result = prune("none", "--help")
    for what in ("--keep DAYS", "--dry-run", "WEIR_DATABASE_URL", "Exit code", "cron"):
        assert what in result.output
