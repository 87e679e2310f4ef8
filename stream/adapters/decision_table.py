"""The table of decisions, as the newest migration leaves it."""

from sqlalchemy import BigInteger, Column, Index, Table, Text

from stream.adapters.prediction_table import metadata

decisions = Table(
    "decisions",
    metadata,
    # the domain too: two domains may have a model of one name, at one position
    Column("domain", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("champion", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("event_time", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    Index("decisions_at", "at"),
)
