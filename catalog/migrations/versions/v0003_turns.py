"""Answers remember what they were about, so that the next question of a conversation can refer to it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the column; earlier answers are no turns to refer to."""
    op.add_column("answers", sa.Column("call", sa.Text, nullable=True))
    op.execute("UPDATE meta SET value = '3' WHERE key = 'schema'")
