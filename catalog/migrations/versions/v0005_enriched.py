"""What each enricher has worked through, so that it does again only what has changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the table, empty: everything is enriched anew once."""
    op.create_table(
        "enriched",
        sa.Column("enricher", sa.String, primary_key=True),
        sa.Column("urn", sa.String, primary_key=True),
        sa.Column("inputs", sa.String, nullable=False),
        sa.Column("context", sa.String, nullable=False),
        sa.Column("notes", sa.Text, nullable=False),
    )
    op.execute("UPDATE meta SET value = '5' WHERE key = 'schema'")
