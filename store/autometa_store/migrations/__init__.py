"""Alembic migrations, one file a schema version; a released one is never edited."""
