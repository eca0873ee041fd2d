"""The format of the files that people write: one frozen record per kind of entry, each field with its explanation.

Owns which keys exist, their types and their words; the parser, the JSON Schema for editors and the checks all follow
from these records. Pure data; reads nothing, knows no URNs.
"""

# ruff: noqa: RUF009 - said() is dataclasses.field() with words

from __future__ import annotations

from dataclasses import MISSING, dataclass, field, fields
from datetime import datetime
from functools import cache
from typing import Any, ClassVar, Literal, get_type_hints

from catalog.aspects import CheckStatus, Pairs


@dataclass(frozen=True, slots=True)
class Ref:
    """A reference as written, and its line."""

    text: str
    line: int


def said(doc: str, default: object = MISSING, kind: str = "", pattern: str = "") -> Any:
    """A field of the format: what it means, its default (none: required), what a bare reference in it refers to."""
    return field(default=default, metadata={"doc": doc, "kind": kind, "pattern": pattern})


IDENTIFIER = r"[^\s,()#]{1,300}"  # what can stand in a URN and in a reference without quoting


@dataclass(frozen=True)
class OwnerEntry:
    """An owner: a person's id, `team:ID`, or a mapping with a role."""

    SHORT: ClassVar[str] = "who"

    who: Ref = said("A person's id, or team:ID.", kind="person")
    role: str = said("In what role: technical owner, business owner, steward, ...", "owner")


@dataclass(frozen=True)
class LinkEntry:
    """A link: its address, or a mapping with a label."""

    SHORT: ClassVar[str] = "url"

    url: str = said("The address.")
    label: str = said("What people see.", "")


@dataclass(frozen=True)
class DeprecatedEntry:
    """Deprecation: `true`, or a mapping that says since when, why, and what to use instead."""

    SHORT: ClassVar[str] = "deprecated"

    deprecated: bool = said("false: explicitly not deprecated.", True)
    since: datetime | None = said("Since when.", None)
    note: str = said("Why, and what to do.", "")
    replacement: Ref | None = said("What to use instead.", None)


@dataclass(frozen=True)
class CertifiedEntry:
    """Certification: `true`, or a mapping that says by whom and when."""

    SHORT: ClassVar[str] = "certified"

    certified: bool = said("false: explicitly not certified.", True)
    by: Ref | None = said("Who certified it: a person's id or team:ID.", None, kind="person")
    at: datetime | None = said("When.", None)
    note: str = said("On what ground.", "")


@dataclass(frozen=True)
class CheckEntry:
    """A test on the asset and its last result."""

    name: str = said("The name of the check.")
    status: CheckStatus = said("The last result; never_run is not pass.", "never_run")
    at: datetime | None = said("When it last ran.", None)
    column: str = said("The column it tests.", "")
    kind: str = said("not_null, unique, freshness, volume, ...", "")
    message: str = said("What the last run said.", "")
    description: str = said("What it makes sure of.", "")
    severity: str = said("How bad a failure is.", "")


@dataclass(frozen=True)
class FreshnessEntry:
    """How fresh the asset must be, and how fresh it was."""

    warn_after_hours: float | None = said("Older than this is late.", None)
    error_after_hours: float | None = said("Older than this is broken.", None)
    loaded_at: datetime | None = said("When it was last loaded.", None)
    checked_at: datetime | None = said("When someone looked.", None)
    status: CheckStatus = said("What they found.", "never_run")
    schedule: str = said("When it is loaded: 'daily 06:00 UTC'.", "")


@dataclass(frozen=True)
class UsageEntry:
    """How much the asset is used."""

    queries: int | None = said("Queries or views in the period.", None)
    users: int | None = said("Different people in the period.", None)
    days: int = said("Length of the period.", 30)
    last_used_at: datetime | None = said("When it was last used.", None)
    top_users: tuple[tuple[str, int], ...] = said("Queries per person: {ana: 30}.", ())
    columns: tuple[tuple[str, int], ...] = said("Queries per column: {amount: 12}.", ())


@dataclass(frozen=True)
class QueryEntry:
    """A query people run: its SQL, or a mapping with what it is for."""

    SHORT: ClassVar[str] = "sql"

    sql: str = said("The statement.")
    title: str = said("What it answers.", "")
    by: Ref | None = said("Who wrote it.", None, kind="person")
    at: datetime | None = said("When.", None)
    runs: int = said("How often it ran.", 1)


@dataclass(frozen=True)
class RunEntry:
    """The last run."""

    status: str = said("success, failed, running, ...", "")
    started_at: datetime | None = said("When it began.", None)
    ended_at: datetime | None = said("When it ended.", None)
    message: str = said("What it said.", "")
    url: str = said("Where to see it.", "")


@dataclass(frozen=True)
class ColumnEntry:
    """A column of a table."""

    name: str = said("The column's name.")
    type: str = said("Its type, as the platform writes it.", "")
    description: str = said("What it means, as Markdown.", "")
    label: str = said("A readable name.", "")
    nullable: bool | None = said("Whether it may be empty.", None)
    primary_key: bool = said("Whether it is (part of) the key.", False)
    tags: tuple[str, ...] = said("Labels.", ())
    terms: tuple[Ref, ...] = said("Glossary terms, by id.", (), kind="term")
    classification: tuple[str, ...] = said("Sensitive-data classes: email, personal data, salary.", ())
    reads: tuple[Ref, ...] = said("Columns it is made from: platform:table#column.", (), kind="table")
    properties: Pairs = said("Anything else worth showing.", ())


@dataclass(frozen=True)
class ContractEntry:
    """What is promised to the readers."""

    enforced: bool = said("Whether something checks it.", False)
    version: str = said("Version of the contract.", "")
    status: str = said("draft, active, retired.", "")
    terms: Pairs = said("What is promised: {availability: 99.5%}.", ())


@dataclass(frozen=True)
class AccessEntry:
    """Who may (or may not) discover, read or change what. A selector left out matches everything."""

    effect: Literal["allow", "deny"] = said("allow or deny.")
    action: Literal["discover", "read", "change"] = said("discover: know that it exists and whom to ask.", "read")
    who: tuple[Ref, ...] = said("Person ids, team:ID, role:NAME, everyone. Left out: everyone.", (), kind="person")
    unless: tuple[Ref, ...] = said("Whom the rule spares, written as in `who`.", (), kind="person")
    kinds: tuple[str, ...] = said("Kinds of asset: table, dashboard, ...", ())
    platforms: tuple[str, ...] = said("Platforms.", ())
    domains: tuple[Ref, ...] = said("Domains, by id.", (), kind="domain")
    tags: tuple[str, ...] = said("Assets with one of these tags.", ())
    classes: tuple[str, ...] = said("Assets or columns of one of these sensitive-data classes.", ())
    assets: tuple[Ref, ...] = said("References, or patterns with * over names: duckdb:shop.hr.*", (), kind="table")
    columns: tuple[str, ...] = said("Only these columns (names or patterns with *).", ())


@dataclass(frozen=True, kw_only=True)
class Named:
    """What everything has."""

    line: int = field(default=0, metadata={"hidden": True})
    id: str = said("Short and lasting; how others refer to it.", pattern=IDENTIFIER)
    name: str = said("What people call it. Left out: the id.", "")
    description: str = said("What it is, as Markdown.", "")
    url: str = said("Where to open it.", "")
    tags: tuple[str, ...] = said("Labels.", ())
    links: tuple[LinkEntry, ...] = said("Further reading.", ())
    properties: Pairs = said("Anything else worth showing: {cost_center: 4711}.", ())


@dataclass(frozen=True, kw_only=True)
class PersonEntry(Named):
    """A person."""

    email: str = said("E-mail address.", "")
    title: str = said("Job title.", "")
    slack: str = said("Slack handle or member id.", "")
    teams: tuple[Ref, ...] = said("Teams, by id. A team's members say the same.", (), kind="team")
    roles: tuple[str, ...] = said("Roles that access rules speak of: steward, privacy officer.", ())
    manager: Ref | None = said("Manager's id.", None, kind="person")
    joined: datetime | None = said("First day.", None)
    left: datetime | None = said("Last day. From then on the person counts as gone.", None)


@dataclass(frozen=True, kw_only=True)
class TeamEntry(Named):
    """A team."""

    members: tuple[Ref, ...] = said("Members, by person id.", (), kind="person")
    lead: Ref | None = said("Lead's person id.", None, kind="person")
    email: str = said("E-mail address.", "")
    slack: str = said("Slack channel to ask in: '#growth'.", "")
    parent: Ref | None = said("Team it belongs to.", None, kind="team")


@dataclass(frozen=True, kw_only=True)
class Asset(Named):
    """What everything that is not a person or team has besides."""

    owners: tuple[OwnerEntry, ...] = said("Who answers for it: [ana, team:growth].", ())
    domain: Ref | None = said("Domain, by id.", None, kind="domain")
    terms: tuple[Ref, ...] = said("Glossary terms it carries, by id.", (), kind="term")
    classification: tuple[str, ...] = said("Sensitive-data classes of the whole: [personal data].", ())
    deprecated: DeprecatedEntry | None = said("Not to be used any more.", None)
    certified: CertifiedEntry | None = said("Checked and recommended.", None)
    tier: int | None = said("How important: 1 (highest) to 3.", None)


@dataclass(frozen=True, kw_only=True)
class TagEntry(Asset):
    """A tag, explained."""


@dataclass(frozen=True, kw_only=True)
class DomainEntry(Asset):
    """A business domain."""

    parent: Ref | None = said("Domain it belongs to.", None, kind="domain")


@dataclass(frozen=True, kw_only=True)
class TermEntry(Asset):
    """A glossary term; `description` is its definition."""

    synonyms: tuple[str, ...] = said("Other words for the same.", ())
    abbreviations: tuple[str, ...] = said("Short forms: [MRR].", ())
    related: tuple[Ref, ...] = said("Related terms.", (), kind="term")
    rivals: tuple[Ref, ...] = said("Terms that people confuse with it.", (), kind="term")
    parent: Ref | None = said("Broader term.", None, kind="term")
    implemented_by: tuple[Ref, ...] = said("Assets or columns that compute it.", (), kind="table")
    status: str = said("draft, approved, retired.", "")


@dataclass(frozen=True, kw_only=True)
class DataProductEntry(Asset):
    """A data product."""

    assets: tuple[Ref, ...] = said("What it is made of.", (), kind="table")
    consumers: tuple[str, ...] = said("For whom.", ())
    promise: str = said("What it promises.", "")
    contract: ContractEntry | None = said("The contract.", None)


@dataclass(frozen=True, kw_only=True)
class PolicyEntry(Asset):
    """A policy: what may be done with which data, and who may see it."""

    applies_to: tuple[Ref, ...] = said(
        "References, tag:NAME, domain:ID, class:NAME, or patterns with *.", (), kind="table"
    )
    retention_days: int | None = said("How long the data may be kept.", None)
    allowed_purposes: tuple[str, ...] = said("What it may be used for.", ())
    forbidden_purposes: tuple[str, ...] = said("What it must not be used for.", ())
    legal_basis: str = said("On what legal ground.", "")
    regions: tuple[str, ...] = said("Where it may be kept: [EU].", ())
    contact: Ref | None = said("Whom to ask: person id or team:ID.", None, kind="person")
    how_to_request: str = said("How to ask for access.", "")
    access: tuple[AccessEntry, ...] = said("Who may discover, read or change what.", ())


@dataclass(frozen=True, kw_only=True)
class DocumentEntry(Asset):
    """A document: a runbook, decision or page. As Markdown file, its text is the description."""

    kind: str = said("runbook, decision, guide, minutes, ...", "")
    about: tuple[Ref, ...] = said("What it is about.", (), kind="table")


@dataclass(frozen=True, kw_only=True)
class DataAsset(Asset):
    """What everything has that is made from data or computes."""

    platform: str = said("System it lives in: looker, mlflow, feast. Left out: the file's platform.", "")
    subtype: str = said("The platform's own word for it.", "")
    reads: tuple[Ref, ...] = said(
        "What it reads: tables, columns (platform:table#column), any asset.", (), kind="table"
    )
    uses: tuple[Ref, ...] = said("What it uses: models, prompts, tools, features.", (), kind="table")
    built_from: tuple[Ref, ...] = said("What it is built from.", (), kind="table")
    contains: tuple[Ref, ...] = said("What it contains.", (), kind="table")
    sql: str = said("The statement that makes it.", "")
    checks: tuple[CheckEntry, ...] = said("Tests and their last results.", ())
    freshness: FreshnessEntry | None = said("How fresh it must be, and was.", None)
    usage: UsageEntry | None = said("How much it is used.", None)
    queries: tuple[QueryEntry, ...] = said("Queries people run on it.", ())
    last_run: RunEntry | None = said("The last run that made it.", None)
    created: datetime | None = said("When it was made.", None)
    modified: datetime | None = said("When it was last changed.", None)


@dataclass(frozen=True, kw_only=True)
class TableEntry(DataAsset):
    """What people add to a table, view or topic that another source knows, or a table known only here."""

    id: str = said("platform:database.schema.table, or its URN.")
    kind: Literal["", "table", "view", "topic"] = said("Only for what no other source knows.", "")
    columns: tuple[ColumnEntry, ...] = said("Columns; only those that you have something to say of.", ())
    contract: ContractEntry | None = said("What is promised to readers.", None)


@dataclass(frozen=True, kw_only=True)
class ChartEntry(DataAsset):
    """A chart on a dashboard."""


@dataclass(frozen=True, kw_only=True)
class DashboardEntry(DataAsset):
    """A dashboard."""

    charts: tuple[ChartEntry, ...] = said("Its charts.", ())


@dataclass(frozen=True, kw_only=True)
class MetricEntry(DataAsset):
    """A metric."""

    expression: str = said("How it is computed: sum(amount) / count(distinct customer_id).", "")
    type: str = said("sum, ratio, count, ...", "")
    dimensions: tuple[str, ...] = said("By what it can be sliced.", ())
    time_grain: str = said("day, month, ...", "")
    filters: tuple[str, ...] = said("What is left out or kept.", ())
    unit: str = said("EUR, percent, ...", "")


@dataclass(frozen=True, kw_only=True)
class TaskEntry(DataAsset):
    """A task of a pipeline."""

    writes: tuple[Ref, ...] = said("What it writes.", (), kind="table")


@dataclass(frozen=True, kw_only=True)
class PipelineEntry(DataAsset):
    """A pipeline."""

    writes: tuple[Ref, ...] = said("What it writes, when it has no tasks that say it.", (), kind="table")
    schedule: str = said("When it runs: 'daily 02:00 UTC'.", "")
    tasks: tuple[TaskEntry, ...] = said("Its tasks.", ())


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a record: what the parser and the schema need to know of it."""

    name: str
    hint: Any
    doc: str
    kind: str
    pattern: str
    default: Any

    @property
    def required(self) -> bool:
        """Whether an entry without it is a mistake."""
        return self.default is MISSING


def keys_of(record: Any) -> dict[str, Key]:
    """The keys that entries of `record` may have, the required ones first."""
    return _keys_of(record)


@cache
def _keys_of(record: Any) -> dict[str, Key]:
    hints = get_type_hints(record)
    keys = [
        Key(
            item.name,
            hints[item.name],
            item.metadata["doc"],
            item.metadata["kind"],
            item.metadata["pattern"],
            item.default,
        )
        for item in fields(record)
        if "hidden" not in item.metadata
    ]
    return {key.name: key for key in sorted(keys, key=lambda key: not key.required)}
