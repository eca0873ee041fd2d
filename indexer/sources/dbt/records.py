"""What a dbt project says, as typed records. Pure data: one record per dbt resource or result; no parsing, no URNs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from catalog.aspects import CheckStatus
from indexer.sources.dbt.body import Free


@dataclass(frozen=True)
class Written:
    """An artifact file: its path, and when dbt wrote it (None if it does not say)."""

    path: str
    at: datetime | None = None


@dataclass(frozen=True)
class Named:
    """An owner as dbt writes one: a name, an e-mail, or both; `extra` are the keys people add (slack, ...)."""

    name: str = ""
    email: str = ""
    extra: Free = field(default_factory=dict)


@dataclass(frozen=True)
class Constraint:
    """A constraint: primary_key, foreign_key, not_null, unique, check. `to` is a relation as SQL writes it."""

    type: str
    columns: tuple[str, ...] = ()
    to: str = ""
    to_columns: tuple[str, ...] = ()
    name: str = ""


@dataclass(frozen=True)
class ColumnDoc:
    """A column as the manifest describes it."""

    name: str
    description: str = ""
    type: str = ""
    tags: tuple[str, ...] = ()
    meta: Free = field(default_factory=dict)
    constraints: tuple[Constraint, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Head:
    """What every dbt resource carries. `ids`: its own unique id first, then those it was united with."""

    ids: tuple[str, ...]
    pointer: str
    name: str
    type: str  # dbt's resource type: model, source, exposure, ...
    package: str = ""
    path: str = ""
    description: str = ""
    label: str = ""
    group: str = ""
    tags: tuple[str, ...] = ()
    meta: Free = field(default_factory=dict)
    parents: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The dbt unique id: model.shop.orders."""
        return self.ids[0]


@dataclass(frozen=True)
class Limits:
    """When a source counts as late, in hours."""

    warn_after: float | None = None
    error_after: float | None = None


@dataclass(frozen=True, kw_only=True)
class Relation:
    """A model, source, seed or snapshot: what is, or would be, a table or view of the warehouse."""

    head: Head
    database: str
    schema: str
    identifier: str
    relation: str = ""  # as SQL writes it, quoted
    materialized: str = ""
    columns: tuple[ColumnDoc, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    code: str = ""
    compiled: bool = False
    language: str = "sql"
    access: str = ""
    loader: str = ""
    source: str = ""  # the name and description of the source a table belongs to
    contract: bool = False
    version: str = ""
    latest: str = ""
    deprecated_on: datetime | None = None
    limits: Limits | None = None


@dataclass(frozen=True, kw_only=True)
class Test:
    """A data test or unit test. `on`: the unique ids it checks."""

    head: Head
    on: tuple[str, ...]
    kind: str
    column: str = ""
    severity: str = ""
    arguments: Free = field(default_factory=dict)
    partial: bool = False  # looks at some rows only (a `where`), so that it proves no key


@dataclass(frozen=True, kw_only=True)
class Exposure:
    """A use of the data outside dbt."""

    head: Head
    use: str  # dashboard, notebook, analysis, ml, application
    owner: Named
    url: str = ""
    maturity: str = ""


@dataclass(frozen=True, kw_only=True)
class MetricDef:
    """A metric, semantic model or saved query, its formula already put into words."""

    head: Head
    kind: str
    expression: str = ""
    dimensions: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    grain: str = ""
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Group:
    """A group of models and who owns it."""

    head: Head
    owner: Named


@dataclass(frozen=True)
class Project:
    """All that a manifest says."""

    written: Written
    name: str
    adapter: str
    version: str
    overview: str = ""
    overview_pointer: str = ""
    relations: tuple[Relation, ...] = ()
    tests: tuple[Test, ...] = ()
    exposures: tuple[Exposure, ...] = ()
    metrics: tuple[MetricDef, ...] = ()
    groups: tuple[Group, ...] = ()


@dataclass(frozen=True)
class Table:
    """A table as catalog.json found it in the warehouse."""

    columns: tuple[tuple[str, str, str, int], ...]  # (name, type, comment, position)
    type: str = ""
    comment: str = ""
    rows: int | None = None
    bytes: int | None = None
    pointer: str = ""


@dataclass(frozen=True)
class Result:
    """What one run of a node or test came to."""

    status: str  # dbt's own word, lower case
    verdict: CheckStatus
    message: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    written: Written = Written("")
    pointer: str = ""


@dataclass(frozen=True)
class Loaded:
    """How fresh a source was when dbt looked."""

    verdict: CheckStatus
    loaded_at: datetime | None = None
    checked_at: datetime | None = None
    limits: Limits | None = None
    pointer: str = ""


@dataclass(frozen=True)
class Invocation:
    """One run of dbt: its command, and how many results of each status it had."""

    written: Written
    command: str
    counts: tuple[tuple[str, int], ...]
    started_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True)
class Found:
    """What the artifacts beside the manifest say, by unique id. `broken`: those that are there and cannot be read."""

    tables: dict[str, Table]
    catalog: Written
    results: dict[str, Result]
    last: Invocation | None
    loaded: dict[str, Loaded]
    sources: Written
    broken: frozenset[str] = frozenset()
