"""The page of the topics has every topic, and the fields of real records: these, and no others."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import orjson
import pyarrow.parquet as pq
import pytest

from models import domains
from models.domain import Domain
from models.effects import Example, Scored, Snapshot
from models.errors import BadRecord
from stream.archive import Archive
from stream.backtest import Backtest
from stream.emitter import Emitter
from stream.topics import of_domain
from tests.decision_parts import TRIAL, decision
from tests.docs_parts import read, section, table
from tests.drift_parts import alarm
from tests.rough_log import made_log
from tests.stream_parts import Raw, Topics

DOMAINS = [domains.load(name) for name in domains.names()]


def fields(heading: str) -> set[str]:
    return set(table(section("topics", heading), "field"))


def written() -> list[Example | Snapshot]:
    """What workers write to the examples log."""
    found: list[Example | Snapshot] = []
    whole = Backtest(domains.load("churn"), 2, on_example=found.append, on_taken=found.append)
    for number, line in enumerate(made_log(10, 25, 1)):
        whole.feed(number, line)
    whole.result(0, 0)
    return found


def sent(topics: Topics, topic: str) -> list[dict[str, Any]]:
    return [orjson.loads(value or b"") for value in topics.of(topic)]


@pytest.mark.parametrize("number", range(6))
def test_every_topic_is_there(number: int) -> None:
    topic = of_domain("churn", 4)[number]
    told = table(read("topics"), "topic")[topic.name.replace("churn", "<domain>")]
    partitions, kept, key, holds = told
    assert partitions == ("`WEIR_PARTITIONS`" if topic.partitions == 4 else "1")
    days = int(topic.config["retention.ms"]) / 86_400_000
    assert kept == (f"{days:g} days" if days > 0 else "for good")
    assert (key, holds) == (topic.key, topic.holds)
    assert key
    assert topic.name.replace("churn", "<domain>") in read("topics").partition("\n## ")[2]


def test_all_topics_are_deleted_from_and_compressed_as_the_page_says() -> None:
    for topic in of_domain("churn", 4):
        for name in ("cleanup.policy", "compression.type"):
            assert f"`{name}={topic.config[name]}`" in read("topics")


def test_the_fields_of_records_are_those_that_are_written() -> None:
    topics = Topics()
    emitter = Emitter("churn", topics)
    emitter.score(0, Scored("1", "1001", 5, 0.5, "forest@1", 7), 6)
    emitter.alarm(alarm(1))
    emitter.decision(decision(1, trials=(TRIAL,)))
    for record in written():
        emitter.example(record)
    emitter.dead_letter(2, Raw(4, b"{"), BadRecord("bad_json", "not valid JSON"))

    (score,) = sent(topics, "scores.churn")
    assert set(score) == fields("## Scores")
    (told,) = sent(topics, "alerts.churn")
    assert set(told) == fields("## Alarms")
    (decided,) = sent(topics, "decisions.churn")
    assert set(decided) == fields("## Decisions")
    assert set(decided["evidence"]) == fields("### Evidence")
    assert set(decided["evidence"]["loss"]) == fields("### Gain")
    assert set(decided["trials"][0]) == fields("### Trial")
    kinds = {record["record"]: set(record) for record in sent(topics, "examples.churn")}
    assert kinds == {"example": fields("### Example"), "snapshot": fields("### Snapshot")}
    assert set(topics.headers[-1]) == fields("## Dead letters")


@pytest.mark.parametrize("domain", DOMAINS, ids=lambda domain: domain.name)
def test_the_fields_of_events_are_those_that_are_read(domain: Domain[Any, Any]) -> None:
    heading = f"### Events of {domain.name}"
    assert {name for event in domain.sample_events() for name in event} == fields(heading)
    for name, (_, required, *_) in table(section("topics", heading), "field").items():
        without = [
            is_read(domain, {other: value for other, value in event.items() if other != name})
            for event in domain.sample_events()
        ]
        assert any(without) == (required != "yes"), name


@pytest.mark.parametrize("domain", [one for one in DOMAINS if one.row_fields])
def test_the_fields_of_flat_rows_are_those_that_are_read(domain: Domain[Any, Any]) -> None:
    told = table(section("topics", f"### Flat rows of {domain.name}"), "field")
    row: dict[str, object] = {name: one.example for name, one in domain.row_fields.items()}
    assert set(told) == set(row)
    assert domain.unfold(row, 1_704_067_200_000)
    for name, (_, required, *_) in told.items():
        rest = {other: value for other, value in row.items() if other != name}
        assert is_unfolded(domain, rest) == (required != "yes"), name


def is_read(domain: Domain[Any, Any], record: dict[str, object]) -> bool:
    try:
        return domain.parse(record) is not None
    except BadRecord:
        return False


def is_unfolded(domain: Domain[Any, Any], row: dict[str, object]) -> bool:
    try:
        return bool(domain.unfold(row, 1_704_067_200_000))
    except BadRecord:
        return False


@pytest.mark.parametrize("domain", DOMAINS, ids=lambda domain: domain.name)
def test_figures_are_those_that_are_worked_out(domain: Domain[Any, Any]) -> None:
    found = msgspec.structs.asdict(domain.objective.evaluate([0.5, 0.1], [1.0, 0.0]))
    assert set(found) == fields(f"### Of {domain.objective.kind}s")


def test_the_columns_of_the_archive_are_those_of_its_files(tmp_path: Path) -> None:
    archive = Archive(tmp_path, domains.load("churn"))
    rows: Sequence[tuple[int, Example | Snapshot]] = list(enumerate(written()))
    archive.append(rows, 0, len(rows))
    (segment,) = archive.segments()
    own = set(table(section("topics", "## The archive"), "column"))
    columns = own | fields("### Example") | fields("### Snapshot")
    assert set(pq.read_schema(segment.path).names) == columns


@pytest.mark.parametrize("domain", DOMAINS, ids=lambda domain: domain.name)
def test_of_each_field_the_page_says_what_the_domain_says(domain: Domain[Any, Any]) -> None:
    for kind, named in (("Events", domain.fields), ("Flat rows", domain.row_fields)):
        for name, field in named.items():
            cells = table(section("topics", f"### {kind} of {domain.name}"), "field")[name]
            assert cells[3] == f"`{field.example}`"
            assert cells[2].startswith(field.meaning)
            assert re.findall("`(.+?)`", cells[2].removeprefix(field.meaning)) == [*field.known]
            assert all(f"`{value}`" in cells[0] for value in field.valid)
