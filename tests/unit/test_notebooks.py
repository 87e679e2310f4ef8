from pathlib import Path

import nbformat
import pandas as pd
import pytest

from models.domains.churn import Churn
from notebooks import bids, tables
from notebooks.contacts import Terms, campaign
from notebooks.played import TooLittle, play
from notebooks.render import NOTEBOOKS, PAGES
from stream.layout_file import read_layout
from tests.unit.replay_lines import line, write

DAY = pd.Timedelta(days=1)
START = pd.Timestamp("2024-01-01", tz="UTC")


def test_there_is_one_for_each_domain() -> None:
    assert set(NOTEBOOKS) == {"churn", "revenue"}


@pytest.mark.parametrize("domain", sorted(NOTEBOOKS))
def test_what_is_committed_has_no_outputs_and_its_code_is_on_its_page(domain: str) -> None:
    notebook = nbformat.read(NOTEBOOKS[domain], as_version=4)  # type: ignore[no-untyped-call]  # has no types
    page = (PAGES / f"{domain}.md").read_text()
    for cell in notebook.cells:
        assert not cell.get("outputs"), "clear the outputs; the page of the docs has them"
        if "summary" not in cell.metadata.get("tags", []):
            assert cell.source.strip() in page, "run `make notebooks`"


@pytest.mark.parametrize("days", [0, 60])
def test_a_log_without_outcomes_is_refused_in_plain_words(days: int, tmp_path: Path) -> None:
    lines = [line(str(user), 86_400 * at) for at in range(days + 1) for user in (1, 2)]
    path = write(tmp_path / "log.jsonl", lines)
    with pytest.raises(TooLittle, match=r"of 2 users 0 have the outcome.*`replay inspect`"):
        play(path, Churn(), 20)


def test_a_log_with_other_columns_is_read_by_its_layout(tmp_path: Path) -> None:
    path, layout = tmp_path / "log.csv", tmp_path / "layout.toml"
    path.write_text("who,when,what\n" + "".join(f"u{n},2024-01-0{n},Home\n" for n in range(1, 8)))
    layout.write_text('[columns]\nuserId = "who"\nts = "when"\npage = "what"\n')
    with pytest.raises(TooLittle, match="of 7 users"):
        play(str(path), Churn(), 20, read_layout(str(layout), Churn()))


def snapshots(days: int, label: dict[str, float]) -> pd.DataFrame:
    """A snapshot a day of each user."""
    rows = [
        {"user_id": user, "at": START + n * DAY, "label": came}
        for n in range(days)
        for user, came in label.items()
    ]
    return pd.DataFrame(rows)


def test_a_budget_goes_to_those_at_the_head_of_the_ranking_and_to_nobody_twice() -> None:
    taken = snapshots(10, {"a": 1.0, "b": 0.0, "c": 1.0})
    terms = Terms(cost=1.0, value=40.0, uptake=0.25, contacts=1, pause_days=30)
    score = taken["user_id"].map({"a": 0.5, "b": 0.2, "c": 0.1})
    found = campaign(taken, score, terms)
    assert found["user_id"].tolist() == ["a", "b"]  # the 2nd and the 9th day
    assert found["gain"].tolist() == [9.0, -1.0]


def test_nobody_is_contacted_below_the_break_even_unless_that_is_asked_for() -> None:
    taken = snapshots(3, {"a": 1.0, "b": 0.0})
    terms = Terms(cost=1.0, value=40.0, uptake=0.25, contacts=5, pause_days=30)
    score = taken["user_id"].map({"a": 0.11, "b": 0.09})
    assert campaign(taken, score, terms)["user_id"].tolist() == ["a"]
    everyone = campaign(taken, score, terms, floor=0.0)
    assert sorted(everyone["user_id"]) == ["a", "b"]


def test_after_the_pause_somebody_may_be_contacted_again() -> None:
    taken = snapshots(10, {"a": 0.0})
    terms = Terms(cost=1.0, value=40.0, uptake=0.25, contacts=1, pause_days=7)
    score = pd.Series(0.5, index=taken.index)
    assert len(campaign(taken, score, terms)) == 2


def players(weeks: int, before: float, after: float, change: int) -> pd.DataFrame:
    """Twenty players a day, who bring more or less from a week on; predictions know it at once."""
    rows = []
    for n in range(weeks * 7):
        worth = before if n < change * 7 else after
        at = START + n * DAY
        rows += [{"at": at, "due": at + 7.1 * DAY, "label": worth, "served": worth}] * 20
    return pd.DataFrame(rows)


def test_money_that_is_known_is_counted_and_money_that_is_not_is_predicted() -> None:
    table = players(weeks=6, before=1.0, after=3.0, change=4)
    found = bids.values(table, pd.Series("all", index=table.index)).set_index("week")
    first, second = found.iloc[0], found.iloc[1]
    assert (first["waited"], first["predicted"], first["came"]) == pytest.approx((1.0, 1.0, 3.0))
    # a week after the change nobody's money is known; of four weeks one is predicted to bring 3
    assert (second["waited"], second["predicted"]) == pytest.approx((1.0, 1.5))
    assert first["players"] == 140


def test_a_small_segment_borrows_from_the_average() -> None:
    table = players(weeks=5, before=1.0, after=1.0, change=9)
    segment = pd.Series(["many"] * (len(table) - 1) + ["one"], index=table.index)
    segment.iloc[0] = "one"
    table.loc[table.index[0], "label"] = 100.0
    found = bids.values(table, segment).set_index("segment")
    assert 1.0 < found.loc["one", "waited"] < 5.0


def test_a_table_as_markdown() -> None:
    table = pd.DataFrame({"what | how": ["a|b", "c"], "n": [1234.0, None]})
    assert tables.markdown(table) == (
        "| what \\| how | n |\n|---|--:|\n| a\\|b | 1,234 |\n| c |  |\n"
    )
