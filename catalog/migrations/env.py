"""Alembic's environment: migrations run on the connection that catalog/migrate.py hands over, in its transaction."""

from alembic import context

from catalog.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
