"""The steps by which Alembic brings a database's schema from any version to the newest."""
