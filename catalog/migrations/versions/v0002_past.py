"""The projections of how assets looked over time; what is there already is noted as unsettled."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the tables and note every known asset as unsettled."""
    _create_assets()
    _create_edges()
    op.create_table("unsettled", sa.Column("urn", sa.String, primary_key=True))
    op.execute("INSERT INTO unsettled (urn) SELECT DISTINCT urn FROM history")
    op.execute("UPDATE meta SET value = '2' WHERE key = 'schema'")


def _create_assets() -> None:
    names = ("kind", "name", "qualified_name", "platform", "env", "domain", "parent")
    op.create_table(
        "past_assets",
        sa.Column("urn", sa.String, primary_key=True),
        sa.Column("begin", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        *(sa.Column(name, sa.String, nullable=False) for name in names),
        sa.Column("labels", sa.Text, nullable=False),
    )


def _create_edges() -> None:
    op.create_table(
        "past_edges",
        *(sa.Column(name, sa.String, primary_key=True) for name in ("urn", "upstream", "source", "how")),
        sa.Column("begin", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.Column("basis", sa.String, nullable=False),
        sa.Column("digest", sa.String, nullable=False),
    )
