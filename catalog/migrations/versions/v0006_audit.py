"""The audit: chains of rows, their payloads, heads and index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the tables. What was written before has no row; the first row of each chain says where it begins."""
    op.create_table(
        "audit",
        *_place(),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("commitment", sa.String, nullable=False),
        sa.Column("anchors", sa.Text, nullable=False),
        sa.Column("previous", sa.String, nullable=False),
        sa.Column("hash", sa.String, nullable=False),
    )
    op.create_index("audit_at", "audit", ["at"])
    op.create_table("audit_payloads", *_place(), sa.Column("salt", sa.String), sa.Column("payload", sa.Text))
    op.create_table(
        "audit_heads",
        sa.Column("writer", sa.String, primary_key=True),
        sa.Column("n", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.String, nullable=False),
    )
    op.create_table(
        "audit_index",
        sa.Column("role", sa.String, primary_key=True),
        sa.Column("value", sa.String, primary_key=True),
        *_place(),
    )
    op.create_index("audit_index_row", "audit_index", ["writer", "n"])
    op.execute("UPDATE meta SET value = '6' WHERE key = 'schema'")


def _place() -> tuple[sa.Column[str], sa.Column[int]]:
    return (
        sa.Column("writer", sa.String, primary_key=True),
        sa.Column("n", sa.BigInteger, primary_key=True, autoincrement=False),
    )
