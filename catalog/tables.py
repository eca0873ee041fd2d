"""The SQL tables, as SQLAlchemy Core metadata. Declares; runs nothing. Migrations (catalog/migrations) create them.

`history` and `sightings` are the truth: the set of points (urn, aspect, source, observed_at, digest). `history`
holds the points where a value changed, `sightings` those where it was seen again unchanged. `contents` holds each value
once, by digest; erasing empties the content and keeps the digest. Everything under "projections" can be dropped and
rebuilt from these (catalog/projection.py). Times are integers: microseconds since 1970 in UTC.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, MetaData, String, Table, Text, UniqueConstraint

SCHEMA_VERSION = 8  # of the newest migration; a workspace with a higher one was written by a newer Docent
PROJECTION_VERSION = 4  # of what catalog/projection.py writes; a catalog with a lower one is projected anew

metadata = MetaData()

_SEQ = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up by itself only on INTEGER keys

meta = Table("meta", metadata, Column("key", String, primary_key=True), Column("value", Text, nullable=False))

contents = Table(
    "contents",
    metadata,
    Column("digest", String, primary_key=True),
    Column("aspect", String, nullable=False),
    Column("json", Text),  # NULL: erased
    Column("inputs", Text, nullable=False, server_default=""),  # of a derived value: the URNs it was made from, as JSON
)


def _point_columns() -> list[Column]:  # type: ignore[type-arg]
    return [
        Column("urn", String, nullable=False),
        Column("aspect", String, nullable=False),
        Column("source", String, nullable=False),
        Column("observed_at", BigInteger, nullable=False),
        Column("digest", String, nullable=False),
    ]


history = Table(
    "history",
    metadata,
    Column("seq", _SEQ, primary_key=True, autoincrement=True),
    *_point_columns(),
    Column("recorded_at", BigInteger, nullable=False),
    Column("event_id", String, nullable=False, default=""),
    Column("locator", String, nullable=False, default=""),
    Column("pointer", String, nullable=False, default=""),
    UniqueConstraint("urn", "aspect", "source", "observed_at", "digest", name="history_point"),
    Index("history_observed", "observed_at"),
    Index("history_digest", "digest"),
)

sightings = Table(
    "sightings",
    metadata,
    *_point_columns(),
    Column("recorded_at", BigInteger, nullable=False),
    UniqueConstraint("urn", "aspect", "source", "observed_at", "digest", name="sighting_point"),
)

events = Table(
    "events",
    metadata,
    Column("event_id", String, primary_key=True),
    Column("recorded_at", BigInteger, nullable=False),
)

sources = Table(
    "sources",
    metadata,
    Column("name", String, primary_key=True),
    Column("type", String, nullable=False),
    Column("rank", Integer, nullable=False),  # lower is believed first
    Column("config", Text, nullable=False, default="{}"),
)

runs = Table(
    "runs",
    metadata,
    Column("run_id", _SEQ, primary_key=True, autoincrement=True),
    Column("source", String, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("status", String, nullable=False),  # running, done, failed, stopped
    Column("report", Text, nullable=False, default="{}"),
    Index("runs_source", "source", "run_id"),
)

answers = Table(
    "answers",
    metadata,
    Column("answer_id", String, primary_key=True),
    Column("conversation", String, nullable=False, default=""),
    Column("turn", Integer, nullable=False, default=0),
    Column("viewer", String, nullable=False),
    Column("asked_at", BigInteger, nullable=False),
    Column("catalog_version", BigInteger, nullable=False),
    Column("question", Text),  # NULL: erased
    Column("answer", Text),  # the answer object as JSON; NULL: erased
    Column("call", Text),  # what it was about, for the next turn: handles and the asker's words; NULL: erased
    Index("answers_conversation", "conversation", "turn"),
)

feedback = Table(
    "feedback",
    metadata,
    Column("answer_id", String, primary_key=True),
    Column("viewer", String, primary_key=True),
    Column("given_at", BigInteger, nullable=False),
    Column("helpful", Boolean, nullable=False),
    Column("note", Text, nullable=False, default=""),
)

# Audit: chains of rows (catalog/audit) ---------------------------------------------------------------------------

audit = Table(
    "audit",
    metadata,
    Column("writer", String, primary_key=True),
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("kind", String, nullable=False),
    Column("commitment", String, nullable=False),  # SHA-256 of salt and payload
    Column("anchors", Text, nullable=False, default=""),  # JSON: heads of other chains
    Column("previous", String, nullable=False),
    Column("hash", String, nullable=False),
    Index("audit_at", "at"),
)

audit_payloads = Table(
    "audit_payloads",
    metadata,
    Column("writer", String, primary_key=True),
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Column("salt", String),  # both NULL: erased, and a row of kind "erase" names it
    Column("payload", Text),
)

audit_heads = Table(
    "audit_heads",
    metadata,
    Column("writer", String, primary_key=True),
    Column("n", BigInteger, nullable=False),
    Column("hash", String, nullable=False),
)

audit_index = Table(
    "audit_index",
    metadata,
    Column("role", String, primary_key=True),  # viewer, asset, answer
    Column("value", String, primary_key=True),
    Column("writer", String, primary_key=True),
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Index("audit_index_row", "writer", "n"),
)

erasures = Table(
    "erasures",
    metadata,
    Column("erasure_id", String, primary_key=True),
    Column("kind", String, nullable=False),  # person, asset, column, answer, conversation
    Column("opaque", String, nullable=False),  # the random URN that stands where the erased one stood
    Column("erased_at", BigInteger, nullable=False),
    Column("lifted_at", BigInteger),
    Column("salt", String, nullable=False),
    Column("marks", Text, nullable=False),  # keyed marks that recognise what was erased (catalog/erase/marks.py)
    Column("reason", Text, nullable=False, default=""),
)

access_requests = Table(
    "access_requests",
    metadata,
    Column("request_id", String, primary_key=True),
    Column("urn", String, nullable=False),
    Column("viewer", String, nullable=False),
    Column("reason", Text, nullable=False, default=""),
    Column("asked_at", BigInteger, nullable=False),
    Column("status", String, nullable=False),  # open, approved, declined
    Column("decided_by", String, nullable=False, default=""),
    Column("decided_at", BigInteger),
    Column("note", Text, nullable=False, default=""),
    Index("access_requests_urn", "urn"),
)

# Projections ----------------------------------------------------------------------------------------------------

current = Table(
    "current",
    metadata,
    Column("urn", String, primary_key=True),
    Column("aspect", String, primary_key=True),  # "*": the tombstone of all the source said of the asset
    Column("source", String, primary_key=True),
    Column("observed_at", BigInteger, nullable=False),
    Column("digest", String, nullable=False),
    Column("locator", String, nullable=False, default=""),
    Column("pointer", String, nullable=False, default=""),
    Column("live", Boolean, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Index("current_source", "source", "locator"),
)

assets = Table(
    "assets",
    metadata,
    Column("urn", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("name", String, nullable=False),
    Column("qualified_name", String, nullable=False),
    Column("platform", String, nullable=False),
    Column("env", String, nullable=False),
    Column("domain", String, nullable=False),
    Column("parent", String, nullable=False),
    Column("seq", BigInteger, nullable=False),  # of the last change
    Index("assets_kind", "kind", "name"),
    Index("assets_seq", "seq"),
)

labels = Table(
    "labels",
    metadata,
    Column("urn", String, primary_key=True),
    Column(
        "type", String, primary_key=True
    ),  # tag, term, owner, class, inferred_class (derived: counts in denials only)
    Column("value", String, primary_key=True),
    Index("labels_value", "type", "value"),
)

edges = Table(
    "edges",
    metadata,
    Column("urn", String, primary_key=True),  # the downstream asset, whose lineage aspect says so
    Column("upstream", String, primary_key=True),
    Column("source", String, primary_key=True),
    Column("how", String, primary_key=True),
    Column("basis", String, nullable=False),
    Column("digest", String, nullable=False),
    Column("inputs", Text, nullable=False, server_default=""),  # as in contents
    Index("edges_upstream", "upstream"),
)

column_edges = Table(
    "column_edges",
    metadata,
    Column("urn", String, primary_key=True),
    Column("column", String, primary_key=True),
    Column("upstream", String, primary_key=True),
    Column("upstream_column", String, primary_key=True),
    Column("source", String, primary_key=True),
    Column("how", String, primary_key=True),
    Column("basis", String, nullable=False),
    Column("digest", String, nullable=False),
    Column("inputs", Text, nullable=False, server_default=""),
    Index("column_edges_upstream", "upstream", "upstream_column"),
)

# How it was over time (catalog/past.py); observed times, `until` not included.

past_assets = Table(
    "past_assets",
    metadata,
    Column("urn", String, primary_key=True),
    Column("begin", BigInteger, primary_key=True, autoincrement=False),
    Column("until", BigInteger, nullable=False),
    Column("kind", String, nullable=False),
    Column("name", String, nullable=False),
    Column("qualified_name", String, nullable=False),
    Column("platform", String, nullable=False),
    Column("env", String, nullable=False),
    Column("domain", String, nullable=False),
    Column("parent", String, nullable=False),
    Column("labels", Text, nullable=False, default=""),  # JSON: tags, terms, owners, classes
)

past_edges = Table(
    "past_edges",
    metadata,
    Column("urn", String, primary_key=True),
    Column("upstream", String, primary_key=True),
    Column("source", String, primary_key=True),
    Column("how", String, primary_key=True),
    Column("begin", BigInteger, primary_key=True, autoincrement=False),
    Column("until", BigInteger, nullable=False),
    Column("basis", String, nullable=False),
    Column("digest", String, nullable=False),
    Column("inputs", Text, nullable=False, server_default=""),
)

unsettled = Table("unsettled", metadata, Column("urn", String, primary_key=True))

# Which URNs are one real thing (catalog/identity/register.py).

spellings = Table(
    "spellings",
    metadata,
    Column("urn", String, primary_key=True),
    Column("tail", String, nullable=False),  # environment, schema and table: what all spellings of a thing share
    Column("live", Boolean, nullable=False),  # False: nobody speaks of it any more, the past still does
    Column("in_code", Boolean, nullable=False),  # only code names it: unquoted names may stand in any letters
    Index("spellings_tail", "tail"),
)

identities = Table(
    "identities",
    metadata,
    Column("urn", String, primary_key=True),  # a member of an identity of several URNs; who is alone has no row
    Column("canonical", String, nullable=False),
    Column("rule", String, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("live", Boolean, nullable=False),
    Column("facts", Text, nullable=False, default=""),  # JSON: what rules of access look at in this member
    Column("seq", BigInteger, nullable=False),  # of the change that brought it here
    Index("identities_canonical", "canonical"),
    Index("identities_seq", "seq"),
)

identity_links = Table(
    "identity_links",
    metadata,
    Column("urn", String, primary_key=True),
    Column("other", String, primary_key=True),
    Column("kind", String, primary_key=True),  # same, not_same, sibling
    Column("source", String, primary_key=True),
    Column("tail", String, nullable=False),  # of `other`
    Index("identity_links_other", "other"),
    Index("identity_links_tail", "tail"),
)

enriched = Table(
    "enriched",
    metadata,
    Column("enricher", String, primary_key=True),
    Column("urn", String, primary_key=True),  # "": the enricher as a whole
    Column("inputs", String, nullable=False),  # digest of what was read of the asset itself
    Column("context", String, nullable=False),  # digest of what was read of other assets
    Column("notes", Text, nullable=False, default="{}"),  # JSON: which others were asked for, what came out
)
