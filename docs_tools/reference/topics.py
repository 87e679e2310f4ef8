"""The page of all topics and their records, from the code that makes and writes them."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pyarrow as pa

from docs_tools.reference.docstrings import attributes, summary
from docs_tools.reference.markdown import code, json_block, prose, sentence, table
from docs_tools.reference.markdown import page as page_of
from docs_tools.reference.records import FIGURES, fields, parts, told
from docs_tools.reference.schema import type_of
from models import domains
from models.alarms import Alarm
from models.contest.decisions import Decision
from models.domain import Domain
from models.effects import Example, Snapshot
from models.fields import Field
from stream import archive
from stream.records import DeadLetterHeaders, Score
from stream.topics import Topic, of_domain

#: What stands for the name of a domain.
DOMAIN = "<domain>"

#: The records of each topic that Weir writes.
RECORDS: dict[str, tuple[type[msgspec.Struct], ...]] = {
    "scores": (Score,),
    "examples": (Example, Snapshot),
    "alerts": (Alarm,),
    "decisions": (Decision,),
}

_TITLES = {
    "scores": ("Scores", ""),
    "examples": ("Examples", "Records of two kinds:"),
    "alerts": ("Alarms", "What leads to one: [drift.md](../drift.md)."),
    "decisions": (
        "Decisions",
        "Who decides, and how: [retraining.md](../retraining.md). `figures`: [below](#figures).",
    ),
}

_HEAD = """\
# Topics and records

Made from `stream/topics.py`, `models/` and `stream/records.py` by `make reference`; change it
there.

A domain has six topics; `<domain>` is its name, such as `churn`. `stream worker`, `stream trainer`
and `replay send` make those that are missing, `stream topics` does nothing else. Brokers, ACLs and
the partitioner that producers need: [kafka.md](../kafka.md).
"""

_ALL = """\
Every topic has `cleanup.policy=delete` and `compression.type=producer`: nothing is compacted, and
batches stay as their producer compressed them. There are three copies of each partition, of which
two must have what is acknowledged, or as many as there are brokers. A record of `events` has the
time that its producer gave it, by which latency is measured; the others have the broker's.

Values are JSON objects in UTF-8. Times are ms since 1970: "event time" is that of the log, "wall
clock" that of a machine. What is written twice, after a restart, has the same `id`. Readers should
pass over fields that they do not know: new ones may come.
"""

_EVENTS = """\
## Events

On `events.<domain>`. The value is one event, with the fields of its domain; further fields may be
there, and are not read. The key is the user id, which decides the partition. What cannot be used
becomes a [dead letter](#dead-letters).
"""

_DEAD = """\
## Dead letters

On `dlq.<domain>`. Key and value are those of the record that could not be used, byte by byte. Why,
and where it was read, is in the headers:
"""

_FIGURES = """\
## Figures

How good a model is, by name: `null` where undefined. Which ones depends on what the domain
predicts.
"""

_ARCHIVE = """\
## The archive

`stream archive`, the trainer and every retraining copy `examples.<domain>` to Parquet files in
`WEIR_ARCHIVE_DIR/<domain>`, one record a row, so that examples outlive Kafka. The columns are the
fields of [both kinds of records](#examples), empty where a record has no such field, and two more:
"""


def page() -> str:
    """Return the page."""
    found = [domains.load(name) for name in domains.names()]
    return page_of(
        _HEAD,
        table(["topic", "partitions", "kept", "key", "holds"], _topics()),
        _ALL,
        _EVENTS,
        *(part for domain in found for part in _events(domain)),
        *(part for name in RECORDS for part in _records(name)),
        _DEAD,
        fields(DeadLetterHeaders),
        _FIGURES,
        *(part for title, struct in FIGURES.items() for part in _struct(title, struct)),
        _ARCHIVE,
        table(["column", "type", "meaning"], _columns()),
    )


def _topics() -> Iterator[list[str]]:
    for topic, more in zip(of_domain(DOMAIN, 1), of_domain(DOMAIN, 2), strict=True):
        fixed = topic.partitions == more.partitions
        partitions = str(topic.partitions) if fixed else code("WEIR_PARTITIONS")
        yield [
            code(topic.name),
            partitions,
            _kept(topic),
            prose(topic.key),
            prose(topic.holds),
        ]


def _kept(topic: Topic) -> str:
    kept = int(topic.config["retention.ms"])
    return "for good" if kept < 0 else f"{kept // 86_400_000} days"


def _events(domain: Domain[Any, Any]) -> Iterator[str]:
    yield f"### Events of {domain.name}"
    yield table(_COLUMNS, map(_field, domain.fields.items()))
    yield "For example:"
    yield json_block(dict(next(iter(domain.sample_events()))))
    if domain.row_fields:
        yield f"### Flat rows of {domain.name}"
        yield _ROWS
        yield table(_COLUMNS, map(_field, domain.row_fields.items()))


_ROWS = """\
A row stands for a whole user, in a log or in a request to the API. It is no event: `replay send`
and `stream backtest` unfold it into events.
"""

_COLUMNS = ["field", "type", "required", "meaning", "for example"]


def _field(named: tuple[str, Field]) -> list[str]:
    name, field = named
    return [
        code(name),
        type_of(field.schema(), str),
        "yes" if field.required else "",
        prose(field.meaning) + _known(field),
        code(field.example),
    ]


def _known(field: Field) -> str:
    return f" Known: {', '.join(map(code, field.known))}." if field.known else ""


def _records(name: str) -> Iterator[str]:
    structs, (title, more) = RECORDS[name], _TITLES[name]
    yield f"## {title}"
    yield f"On `{name}.{DOMAIN}`. {more}"
    for struct in structs:
        if len(structs) > 1:
            yield from _struct(struct.__name__, struct)
        else:
            yield fields(struct)
        for part, meaning, rows in parts(struct):
            yield from (f"### {part}", meaning, rows)


def _struct(title: str, struct: type[msgspec.Struct]) -> Iterator[str]:
    yield from (f"### {title}", told(summary(struct.__doc__)), fields(struct))


def _columns() -> Iterator[list[str]]:
    meanings = attributes(archive.schema.__doc__)
    known = {*Example.__struct_fields__, *Snapshot.__struct_fields__}
    domain = domains.load(domains.names()[0])
    for column in archive.schema(domain):
        if column.name not in known:
            yield [code(column.name), _type(column.type), sentence(meanings[column.name])]


def _type(kind: pa.DataType) -> str:
    return "string" if pa.types.is_string(kind) else "integer"
