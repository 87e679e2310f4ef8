"""What Alembic runs to migrate: over the connection, and in the transaction, that it is given."""

from alembic import context

from stream.adapters.decision_table import decisions
from stream.adapters.schema import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=decisions.metadata,
    version_table=VERSION_TABLE,
)
context.run_migrations()
