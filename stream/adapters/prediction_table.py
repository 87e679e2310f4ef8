"""The table of predictions, as the newest migration leaves it."""

from sqlalchemy import BigInteger, Column, Double, Identity, Index, Integer, MetaData, Table, Text

metadata = MetaData()

predictions = Table(
    "predictions",
    metadata,
    # SQLite numbers rows by itself only in a column that is an INTEGER by name
    Column("id", BigInteger().with_variant(Integer, "sqlite"), Identity(), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("domain", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("input", Text, nullable=False),
    Column("score", Double),
    Column("model_version", Text),
    Column("latency_ms", Double, nullable=False),
    Index("predictions_user_at", "user_id", "at"),
    Index("predictions_at", "at"),
)
