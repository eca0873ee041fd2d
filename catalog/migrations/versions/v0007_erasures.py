"""Erasures: what was erased on request, recognisable by keyed marks and by nothing else."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Create the table and note the schema's version."""
    op.create_table(
        "erasures",
        sa.Column("erasure_id", sa.String, primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("opaque", sa.String, nullable=False),
        sa.Column("erased_at", sa.BigInteger, nullable=False),
        sa.Column("lifted_at", sa.BigInteger, nullable=True),
        sa.Column("salt", sa.String, nullable=False),
        sa.Column("marks", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
    op.execute("UPDATE meta SET value = '7' WHERE key = 'schema'")
