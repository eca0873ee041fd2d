"""The aspects: every typed piece of metadata an asset can carry. Pure frozen records; no store, no I/O.

An aspect is the unit of storage, versioning, citation and change. `NAME` names it in storage and JSON; `MERGE` is the
rule by which the values of several sources become one (catalog/merge.py): "first" by precedence, "union" of the items,
or "by_key" (columns by name, fields by name). Fields are only ever added, always with a default: the digest leaves
defaults out, so that adding one rewrites nothing. Times are timezone-aware UTC. URNs are plain text.
The AI kinds' own aspects are in catalog/ai_aspects.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Literal

MergeRule = Literal["first", "union", "by_key"]
Basis = Literal["declared", "parsed", "inferred"]
CheckStatus = Literal["pass", "fail", "warn", "error", "skipped", "never_run"]
Pairs = tuple[tuple[str, str], ...]

REGISTRY: dict[str, type[Aspect]] = {}


@dataclass(frozen=True)
class Aspect:
    """What all aspects share. `extra`: canonical JSON of fields this version does not know, kept as they came."""

    NAME: ClassVar[str] = ""
    MERGE: ClassVar[MergeRule] = "first"

    extra: str = field(default="", kw_only=True)

    def __init_subclass__(cls, name: str, merge: MergeRule = "first") -> None:
        cls.NAME = name
        cls.MERGE = merge
        REGISTRY[name] = cls


@dataclass(frozen=True)
class Info(Aspect, name="info", merge="by_key"):
    """What the asset is: its kind (catalog/kinds.py), the name people see, where it lives and where to open it."""

    kind: str = ""
    name: str = ""
    platform: str = ""
    qualified_name: str = ""  # as its platform writes it: shop.public.orders
    env: str = ""
    subtype: str = ""  # the source's own word: "incremental model", "seed", "Tableau workbook"
    parent: str = ""  # URN of the schema, dashboard, model or flow it belongs to
    url: str = ""  # where a person opens it
    created_at: datetime | None = None
    modified_at: datetime | None = None
    modified_by: str = ""
    properties: Pairs = ()


@dataclass(frozen=True)
class Documentation(Aspect, name="documentation"):
    """What people wrote about the asset, as Markdown. Data, never instructions."""

    text: str = ""


@dataclass(frozen=True)
class Column:
    """One column (field path) of a table, with what is known of it."""

    name: str
    type: str = ""
    description: str = ""
    nullable: bool | None = None
    primary_key: bool = False
    tags: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()  # URNs
    position: int = 0
    label: str = ""
    properties: Pairs = ()


@dataclass(frozen=True)
class ForeignKey:
    """Columns of this table that point at columns of another."""

    columns: tuple[str, ...]
    target: str  # URN
    target_columns: tuple[str, ...] = ()
    name: str = ""


@dataclass(frozen=True)
class Schema(Aspect, name="schema", merge="by_key"):
    """The columns, in order, and the keys."""

    columns: tuple[Column, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()


@dataclass(frozen=True)
class Owner:
    """A person or team (URN) and in what role: "technical owner", "business owner", "steward"."""

    urn: str
    role: str = "owner"


@dataclass(frozen=True)
class Ownership(Aspect, name="ownership"):
    """Who answers for the asset."""

    owners: tuple[Owner, ...] = ()


@dataclass(frozen=True)
class Tags(Aspect, name="tags", merge="union"):
    """Free labels, without a leading '#'."""

    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Terms(Aspect, name="terms", merge="union"):
    """Glossary terms (URNs) that the asset carries or implements."""

    terms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Classification(Aspect, name="classification", merge="union"):
    """Sensitive-data classes: of the whole asset under column "", else per column: ("email", "personal data")."""

    classes: Pairs = ()  # (column or "", class)


@dataclass(frozen=True)
class Membership(Aspect, name="membership"):
    """The domain (URN) the asset belongs to."""

    domain: str = ""


@dataclass(frozen=True)
class Link:
    """A web address people kept beside an asset."""

    url: str
    label: str = ""


@dataclass(frozen=True)
class Links(Aspect, name="links", merge="union"):
    """Further reading."""

    links: tuple[Link, ...] = ()


@dataclass(frozen=True)
class Deprecation(Aspect, name="deprecation"):
    """Whether to stop using the asset, since when, why, and what to use instead (URN)."""

    deprecated: bool = False
    note: str = ""
    replacement: str = ""
    since: datetime | None = None


@dataclass(frozen=True)
class Certification(Aspect, name="certification"):
    """What standing people gave the asset: certified by whom, tier 1 (highest) to 3."""

    certified: bool = False
    tier: int | None = None
    by: str = ""
    note: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Upstream:
    """One asset (URN) this asset is made from, reads or uses, and how that is known."""

    urn: str
    how: str = "reads"  # reads, trained on, uses, contains, serves, built from, ...
    basis: Basis = "declared"


@dataclass(frozen=True)
class ColumnEdge:
    """One column of an upstream that flows into one column of this asset; or, as `how` filter or join, decides which
    of its rows there are: then `column` is "*"."""

    source_urn: str
    source_column: str
    column: str
    how: str = "expression"  # identity, expression, aggregate, filter, join
    basis: Basis = "declared"
    expression: str = ""
    confidence: float = 1.0
    place: str = ""  # of the expression in the statement: "line 12, column 5"


@dataclass(frozen=True)
class Lineage(Aspect, name="lineage", merge="union"):
    """What the asset comes from, whole and by column. Edges run from upstream to this asset."""

    upstreams: tuple[Upstream, ...] = ()
    columns: tuple[ColumnEdge, ...] = ()


@dataclass(frozen=True)
class Logic(Aspect, name="logic"):
    """The statement that makes the asset: SQL of a view or model, text of a metric's expression."""

    text: str = ""
    language: str = "sql"
    dialect: str = ""
    compiled: bool = False


@dataclass(frozen=True)
class Check:
    """One test or assertion and its last result. `status` "never_run" is not "pass"."""

    name: str
    status: CheckStatus = "never_run"
    at: datetime | None = None
    column: str = ""
    kind: str = ""  # not_null, unique, freshness, volume, custom, ...
    message: str = ""
    description: str = ""
    severity: str = ""
    urn: str = ""


@dataclass(frozen=True)
class Checks(Aspect, name="checks", merge="union"):
    """The tests on an asset, with their last results."""

    checks: tuple[Check, ...] = ()


@dataclass(frozen=True)
class Freshness(Aspect, name="freshness"):
    """When the data was last loaded, what is expected (hours), and the verdict of who measured it."""

    loaded_at: datetime | None = None
    checked_at: datetime | None = None
    warn_after_hours: float | None = None
    error_after_hours: float | None = None
    status: CheckStatus = "never_run"
    schedule: str = ""


@dataclass(frozen=True)
class Incident:
    """Something wrong with the asset that people or monitors raised."""

    title: str
    status: str = "open"  # open, resolved
    opened_at: datetime | None = None
    resolved_at: datetime | None = None
    severity: str = ""
    note: str = ""
    owner: str = ""
    urn: str = ""


@dataclass(frozen=True)
class Incidents(Aspect, name="incidents", merge="union"):
    """Open and past incidents."""

    incidents: tuple[Incident, ...] = ()


@dataclass(frozen=True)
class Usage(Aspect, name="usage"):
    """How much the asset is used, over the last `days`."""

    queries: int | None = None
    users: int | None = None
    days: int = 30
    last_used_at: datetime | None = None
    top_users: tuple[tuple[str, int], ...] = ()  # (URN, queries)
    columns: tuple[tuple[str, int], ...] = ()  # (column, queries)
    service_queries: int | None = None  # how many of `queries` service accounts ran; they are not among `users`


@dataclass(frozen=True)
class ExampleQuery:
    """A query people run, with what it is for."""

    sql: str
    title: str = ""
    by: str = ""
    at: datetime | None = None
    runs: int = 1
    reads: Pairs = ()  # (URN, column or "" for the whole) that the query names; who may not see these is not shown it


@dataclass(frozen=True)
class Queries(Aspect, name="queries", merge="union"):
    """Example queries over the asset."""

    queries: tuple[ExampleQuery, ...] = ()


@dataclass(frozen=True)
class Join:
    """Columns of this table that queries set equal to columns of another, pair by pair, and how often."""

    columns: tuple[str, ...]
    target: str  # URN
    target_columns: tuple[str, ...]
    queries: int = 1
    users: int | None = None
    last_used_at: datetime | None = None


@dataclass(frozen=True)
class Joins(Aspect, name="joins", merge="union"):
    """How the table is joined with others in practice, the most frequent first."""

    joins: tuple[Join, ...] = ()


@dataclass(frozen=True)
class ColumnProfile:
    """Statistics of one column; shares are 0 to 1. `low` and `high` only for columns that hold nothing personal."""

    column: str
    null_share: float | None = None
    distinct: int | None = None
    low: str = ""
    high: str = ""
    samples: tuple[str, ...] = ()
    distinct_share: float | None = None  # different values per value, of the rows that were read


@dataclass(frozen=True)
class Profile(Aspect, name="profile"):
    """Counts and shares measured on the data itself; of `sampled_rows` rows where not all were read."""

    rows: int | None = None
    bytes: int | None = None
    measured_at: datetime | None = None
    columns: tuple[ColumnProfile, ...] = ()
    sampled_rows: int | None = None


@dataclass(frozen=True)
class Person(Aspect, name="person"):
    """A person: how to reach them, where they belong, and whether they are still here."""

    full_name: str = ""
    email: str = ""
    title: str = ""
    slack: str = ""
    active: bool = True
    joined_at: datetime | None = None
    left_at: datetime | None = None
    manager: str = ""
    teams: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()


@dataclass(frozen=True)
class Team(Aspect, name="team"):
    """A team: members (URNs), lead, and where to ask."""

    members: tuple[str, ...] = ()
    lead: str = ""
    email: str = ""
    slack: str = ""
    parent: str = ""


@dataclass(frozen=True)
class Term(Aspect, name="term"):
    """A glossary term's place; what it means is its Documentation."""

    synonyms: tuple[str, ...] = ()
    abbreviations: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    rivals: tuple[str, ...] = ()  # other terms that people confuse it with
    parent: str = ""
    implemented_by: tuple[str, ...] = ()
    status: str = ""


@dataclass(frozen=True)
class Metric(Aspect, name="metric"):
    """How a metric is computed and sliced; what it is made from is its Lineage."""

    expression: str = ""
    type: str = ""
    dimensions: tuple[str, ...] = ()
    time_grain: str = ""
    filters: tuple[str, ...] = ()
    unit: str = ""


@dataclass(frozen=True)
class Product(Aspect, name="product"):
    """What a data product is made of (URNs), for whom, and what it promises."""

    assets: tuple[str, ...] = ()
    consumers: tuple[str, ...] = ()
    promise: str = ""


@dataclass(frozen=True)
class Contract(Aspect, name="contract"):
    """Whether the asset's shape is promised to its readers."""

    enforced: bool = False
    version: str = ""
    latest: str = ""  # URN of the newest version
    status: str = ""
    terms: Pairs = ()


@dataclass(frozen=True)
class AccessRule:
    """Who may (or may not) discover, read or change what. An empty selector matches everything."""

    effect: Literal["allow", "deny"]
    action: Literal["discover", "read", "change"] = "read"
    who: tuple[str, ...] = ()  # URNs, "role:steward", "everyone"; empty: everyone
    unless: tuple[str, ...] = ()  # whom the rule spares, written as in `who`
    kinds: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    assets: tuple[str, ...] = ()  # URNs or shell patterns over URN and qualified name
    columns: tuple[str, ...] = ()  # names or patterns; empty: the whole asset
    until: datetime | None = None  # when the rule ends by itself; None: it stays


@dataclass(frozen=True)
class Policy(Aspect, name="policy"):
    """What may be done with which data. The selectors are those of AccessRule; who may see what is in `access`."""

    applies_to: tuple[str, ...] = ()  # URNs, or "tag:pii", "domain:<urn>", "class:personal data", patterns
    retention_days: int | None = None
    allowed_purposes: tuple[str, ...] = ()
    forbidden_purposes: tuple[str, ...] = ()
    legal_basis: str = ""
    regions: tuple[str, ...] = ()
    contact: str = ""  # URN of whom to ask
    how_to_request: str = ""
    access: tuple[AccessRule, ...] = ()


@dataclass(frozen=True)
class Runs(Aspect, name="runs"):
    """The last run of a pipeline, task or model build."""

    status: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    message: str = ""
    schedule: str = ""
    url: str = ""


@dataclass(frozen=True)
class Siblings(Aspect, name="siblings", merge="union"):
    """Other URNs under which sources describe this same thing; `primary`: the source says this is the one to show."""

    urns: tuple[str, ...] = ()
    primary: bool = False


@dataclass(frozen=True)
class Identity(Aspect, name="identity", merge="union"):
    """Corrections of identity: URNs that are the same real thing as this one, and such that only look so."""

    same_as: tuple[str, ...] = ()
    not_same_as: tuple[str, ...] = ()  # wins over every rule and over same_as


@dataclass(frozen=True)
class ErasureProof(Aspect, name="erasure"):
    """What an erasure took out, and what was read afterwards to prove that nothing is left. Names nothing erased."""

    erased: tuple[tuple[str, int], ...] = ()  # (kind, how many)
    erased_at: datetime | None = None
    by: str = ""  # URN
    reason: str = ""
    counts: tuple[tuple[str, int], ...] = ()  # (what was emptied or rewritten, how many)
    strings: int = 0  # looked for
    vectors: int = 0  # looked for
    files: int = 0  # read whole
    bytes: int = 0
    residues: int = 0
