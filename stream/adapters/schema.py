"""The schema of the database: which version it has, and how it is brought to the newest."""

import logging
from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text

from models.errors import WeirError

logger = logging.getLogger(__name__)

#: Not Alembic's usual name: the database may be shared with another that uses it (MLflow).
VERSION_TABLE = "weir_schema_version"

#: Names the lock that migrations take on PostgreSQL; any number that nobody else uses.
_LOCK = 0x77656972


class UnknownSchema(WeirError):
    """The database was migrated by a newer Weir, whose versions this one does not know."""


def newest() -> str:
    """Return the version that this Weir works with."""
    return str(ScriptDirectory.from_config(config()).get_current_head())


def known() -> frozenset[str]:
    """Return all versions that this Weir can migrate from, and the newest."""
    scripts = ScriptDirectory.from_config(config()).walk_revisions()
    return frozenset(script.revision for script in scripts)


def version(connection: Connection) -> str | None:
    """Return the version that the database has; None before the first migration."""
    context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
    return context.get_current_revision()


def migrate(connection: Connection) -> None:
    """Bring the schema to the newest version, in a transaction that the caller commits.

    Several processes may do so at once: the first does it, and the others wait and find it done.

    Raises:
        UnknownSchema: there is a newer one.
    """
    # until the end of the transaction
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    before = version(connection)
    try:
        command.upgrade(config(connection), "head")
    except CommandError as error:
        raise UnknownSchema(
            f"the database has schema {before}, this Weir knows those up to {newest()}: it was "
            "migrated by a newer Weir; install that one, or set WEIR_DATABASE_URL"
        ) from error
    after = version(connection)
    if after != before:
        logger.info("the database's schema is now %s (before: %s)", after, before or "none")


def config(connection: Connection | None = None) -> Config:
    """Return Alembic's configuration, with the connection that it is to use."""
    made = Config()
    scripts = str(files("stream.adapters") / "migrations")
    made.set_main_option("script_location", scripts.replace("%", "%%"))
    made.attributes["connection"] = connection
    return made
