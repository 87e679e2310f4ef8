"""The table of predictions.

Revision ID: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the table and its indexes."""
    op.create_table(
        "predictions",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            sa.Identity(),
            primary_key=True,
        ),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("domain", sa.Text, nullable=False),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("input", sa.Text, nullable=False),
        sa.Column("score", sa.Double),
        sa.Column("model_version", sa.Text),
        sa.Column("latency_ms", sa.Double, nullable=False),
    )
    op.create_index("predictions_user_at", "predictions", ["user_id", "at"])
    op.create_index("predictions_at", "predictions", ["at"])


def downgrade() -> None:
    """Remove the table, with all that is in it."""
    op.drop_table("predictions")
