"""The first schema."""

from alembic import op
from sqlalchemy import insert

from catalog.tables import meta, metadata

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create every table. Later migrations state their own differences, not the metadata of the day."""
    metadata.create_all(op.get_bind())
    op.get_bind().execute(insert(meta), [{"key": "schema", "value": "1"}])
