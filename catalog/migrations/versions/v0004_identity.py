"""The projections of identity: spellings, identities, links. Filled when the catalog is next opened."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the tables. What is known already is identified on opening (catalog.identity.register)."""
    op.create_table(
        "spellings",
        sa.Column("urn", sa.String, primary_key=True),
        sa.Column("tail", sa.String, nullable=False),
        sa.Column("live", sa.Boolean, nullable=False),
        sa.Column("in_code", sa.Boolean, nullable=False),
    )
    op.create_index("spellings_tail", "spellings", ["tail"])
    op.create_table(
        "identities",
        sa.Column("urn", sa.String, primary_key=True),
        *(sa.Column(name, sa.String, nullable=False) for name in ("canonical", "rule")),
        sa.Column("evidence", sa.Text, nullable=False),
        sa.Column("live", sa.Boolean, nullable=False),
        sa.Column("facts", sa.Text, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
    )
    op.create_index("identities_canonical", "identities", ["canonical"])
    op.create_index("identities_seq", "identities", ["seq"])
    op.create_table(
        "identity_links",
        *(sa.Column(name, sa.String, primary_key=True) for name in ("urn", "other", "kind", "source")),
        sa.Column("tail", sa.String, nullable=False),
    )
    op.create_index("identity_links_other", "identity_links", ["other"])
    op.create_index("identity_links_tail", "identity_links", ["tail"])
    op.execute("UPDATE meta SET value = '4' WHERE key = 'schema'")
