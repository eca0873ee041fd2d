"""The first schema, frozen as it was: stated column by column, so that later migrations can state differences."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_SEQ = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create the truth, the bookkeeping and the projections, and note the schema's version."""
    _create_truth()
    _create_bookkeeping()
    _create_answers()
    _create_assets()
    _create_edges()
    meta = op.create_table("meta", _key("key"), _text("value"))
    op.bulk_insert(meta, [{"key": "schema", "value": "1"}])


def _key(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.String, primary_key=True)


def _string(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.String, nullable=False)


def _text(name: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, nullable=nullable)


def _big(name: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger, nullable=nullable)


def _point() -> list[sa.Column[Any]]:
    return [_string("urn"), _string("aspect"), _string("source"), _big("observed_at"), _string("digest")]


def _create_truth() -> None:
    op.create_table("contents", _key("digest"), _string("aspect"), _text("json", nullable=True))
    op.create_table(
        "history",
        sa.Column("seq", _SEQ, primary_key=True, autoincrement=True),
        *_point(),
        _big("recorded_at"),
        _string("event_id"),
        _string("locator"),
        _string("pointer"),
        sa.UniqueConstraint("urn", "aspect", "source", "observed_at", "digest", name="history_point"),
    )
    op.create_index("history_observed", "history", ["observed_at"])
    op.create_index("history_digest", "history", ["digest"])
    op.create_table(
        "sightings",
        *_point(),
        _big("recorded_at"),
        sa.UniqueConstraint("urn", "aspect", "source", "observed_at", "digest", name="sighting_point"),
    )
    op.create_table("events", _key("event_id"), _big("recorded_at"))


def _create_bookkeeping() -> None:
    op.create_table(
        "sources", _key("name"), _string("type"), sa.Column("rank", sa.Integer, nullable=False), _text("config")
    )
    op.create_table(
        "runs",
        sa.Column("run_id", _SEQ, primary_key=True, autoincrement=True),
        _string("source"),
        _big("started_at"),
        _big("ended_at", nullable=True),
        _string("status"),
        _text("report"),
    )
    op.create_index("runs_source", "runs", ["source", "run_id"])


def _create_answers() -> None:
    op.create_table(
        "answers",
        _key("answer_id"),
        _string("conversation"),
        sa.Column("turn", sa.Integer, nullable=False),
        _string("viewer"),
        _big("asked_at"),
        _big("catalog_version"),
        _text("question", nullable=True),
        _text("answer", nullable=True),
    )
    op.create_index("answers_conversation", "answers", ["conversation", "turn"])
    op.create_table(
        "feedback",
        _key("answer_id"),
        _key("viewer"),
        _big("given_at"),
        sa.Column("helpful", sa.Boolean, nullable=False),
        _text("note"),
    )


def _create_assets() -> None:
    op.create_table(
        "current",
        *(_key(name) for name in ("urn", "aspect", "source")),
        _big("observed_at"),
        _string("digest"),
        _string("locator"),
        _string("pointer"),
        sa.Column("live", sa.Boolean, nullable=False),
        _big("seq"),
    )
    op.create_index("current_source", "current", ["source", "locator"])
    names = ("kind", "name", "qualified_name", "platform", "env", "domain", "parent")
    op.create_table("assets", _key("urn"), *(_string(name) for name in names), _big("seq"))
    op.create_index("assets_kind", "assets", ["kind", "name"])
    op.create_index("assets_seq", "assets", ["seq"])
    op.create_table("labels", _key("urn"), _key("type"), _key("value"))
    op.create_index("labels_value", "labels", ["type", "value"])


def _create_edges() -> None:
    ends = ("urn", "upstream", "source", "how")
    op.create_table("edges", *(_key(name) for name in ends), _string("basis"), _string("digest"))
    op.create_index("edges_upstream", "edges", ["upstream"])
    columns = ("urn", "column", "upstream", "upstream_column", "source", "how")
    op.create_table("column_edges", *(_key(name) for name in columns), _string("basis"), _string("digest"))
    op.create_index("column_edges_upstream", "column_edges", ["upstream", "upstream_column"])
