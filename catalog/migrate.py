"""Schema migrations by Alembic, run from code on the workspace's own database. Imported only when one is due."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config

from catalog.database import Database


def upgrade(database: Database) -> None:
    """Run all migrations that the database has not seen, in one transaction."""
    folder = str(Path(__file__).parent / "migrations")
    config = Config()
    config.set_main_option("script_location", folder.replace("%", "%%"))  # %: Alembic interpolates
    with database.writing() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
