"""Derived values with their inputs, and requests for access."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the inputs of values and edges, the table of requests, and note the schema's version."""
    for table in ("contents", "edges", "column_edges", "past_edges"):
        op.add_column(table, sa.Column("inputs", sa.Text, nullable=False, server_default=""))
    op.create_table(
        "access_requests",
        sa.Column("request_id", sa.String, primary_key=True),
        *(sa.Column(name, sa.String, nullable=False) for name in ("urn", "viewer")),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("asked_at", sa.BigInteger, nullable=False),
        *(sa.Column(name, sa.String, nullable=False) for name in ("status", "decided_by")),
        sa.Column("decided_at", sa.BigInteger),
        sa.Column("note", sa.Text, nullable=False),
    )
    op.create_index("access_requests_urn", "access_requests", ["urn"])
    op.execute("UPDATE meta SET value = '8' WHERE key = 'schema'")
