"""What a dbt manifest says its models are: columns, SQL, column edges, classes. For comparing two of them.

Reads the manifest (and a catalog.json beside it) through the dbt connector and its SQL through the extractor. A model
whose SQL and inputs are the same in both states is read once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from catalog.aspects import Classification, Info, Lineage, Logic, Ownership, Schema
from catalog.change import Change
from catalog.edges import ColumnKey
from indexer.enrich.sql import DictSchema, lasting
from indexer.enrich.sql.bounded import Extractor
from indexer.enrich.sql.jinja import is_template, render
from indexer.sources.dbt import read

_RELATIONS = ("table", "view")
Extract = Callable[[str, str, Mapping[str, tuple[str, ...]]], "Parsed"]


@dataclass(frozen=True)
class Parsed:
    """What the SQL of one model does: its columns (None: not known), and what each edge reads: by dotted name."""

    columns: tuple[str, ...] | None = None
    edges: tuple[tuple[str, str, str, str], ...] = ()  # from table, from column, to column ("*": rows), how
    tables: frozenset[str] = frozenset()  # read, dotted, in small letters


@dataclass(frozen=True)
class ModelState:
    """One table or view of a manifest."""

    urn: str
    name: str
    columns: dict[str, str]  # name to type ("" unknown), in order
    upstreams: frozenset[str]
    sql: str
    owners: tuple[str, ...]
    classes: frozenset[tuple[str, str]]
    reads: tuple[tuple[ColumnKey, str, str], ...] = ()  # (upstream column, own column or "*", how)
    tables: frozenset[str] = frozenset()  # that its SQL reads, dotted, in small letters


@dataclass
class _Raw:
    info: Info = field(default_factory=Info)
    schema: Schema = field(default_factory=Schema)
    logic: Logic = field(default_factory=Logic)
    lineage: Lineage = field(default_factory=Lineage)
    owners: Ownership = field(default_factory=Ownership)
    classes: Classification = field(default_factory=Classification)


def read_state(path: Path, extract: Extract) -> dict[str, ModelState]:
    """The tables and views of a manifest, by URN. Raises SourceUnreadable."""
    raw: dict[str, _Raw] = {}
    for record in read(path):
        if isinstance(record, Change):
            _take(raw.setdefault(record.urn, _Raw()), record.value)
    tables = {urn: one for urn, one in raw.items() if one.info.kind in _RELATIONS}
    known = {one.info.qualified_name: tuple(c.name for c in one.schema.columns) for one in tables.values()}
    by_name = {name.casefold(): urn for urn, one in tables.items() if (name := one.info.qualified_name)}
    return {urn: _model(urn, one, known, by_name, extract) for urn, one in tables.items()}


def _take(raw: _Raw, value: object) -> None:
    for name, kind in (
        ("info", Info), ("schema", Schema), ("logic", Logic), ("lineage", Lineage), ("owners", Ownership),
        ("classes", Classification),
    ):  # fmt: skip
        if isinstance(value, kind):
            setattr(raw, name, value)


def _model(
    urn: str, raw: _Raw, known: Mapping[str, tuple[str, ...]], by_name: Mapping[str, str], extract: Extract
) -> ModelState:
    parsed = Parsed()
    if raw.logic.text:
        inputs = {
            name: columns for name, columns in known.items() if name.casefold() != raw.info.qualified_name.casefold()
        }
        parsed = extract(raw.logic.text, raw.logic.dialect or raw.info.platform, inputs)
    types = {column.name.casefold(): column for column in raw.schema.columns}
    names = parsed.columns or tuple(column.name for column in raw.schema.columns)
    columns = {}
    for name in names:
        held = types.get(name.casefold())
        columns[held.name if held else name] = held.type if held else ""
    reads = tuple(
        ((by_name[table.casefold()], column), to, how)
        for table, column, to, how in parsed.edges
        if table.casefold() in by_name
    )
    return ModelState(
        urn,
        raw.info.qualified_name or raw.info.name,
        columns,
        frozenset(up.urn for up in raw.lineage.upstreams),
        raw.logic.text,
        tuple(owner.urn for owner in raw.owners.owners),
        frozenset(raw.classes.classes),
        reads,
        parsed.tables,
    )


def extracting(extractor: Extractor) -> Extract:
    """An Extract that remembers: the same SQL over the same columns is read once."""
    done: dict[tuple[str, str, frozenset[tuple[str, tuple[str, ...]]]], Parsed] = {}

    def extract(sql: str, dialect: str, known: Mapping[str, tuple[str, ...]]) -> Parsed:
        text = render(sql).text if is_template(sql) else sql
        lowered = text.casefold()
        named = {name: columns for name, columns in known.items() if name.rsplit(".", 1)[-1].casefold() in lowered}
        key = (text, dialect, frozenset(named.items()))
        if key not in done:
            done[key] = _parsed(extractor, text, dialect, named)
        return done[key]

    return extract


def _parsed(extractor: Extractor, sql: str, dialect: str, known: Mapping[str, tuple[str, ...]]) -> Parsed:
    script = extractor.extract(sql, dialect, DictSchema(known))
    outputs = [column.name for statement in script.statements for column in statement.columns if column.table is None]
    whole = script.complete and bool(outputs)
    edges = [(str(e.from_table), e.from_column, e.to_column, e.how) for e in lasting(script) if e.to_table is None]
    for statement in script.statements:
        edges += [(str(e.from_table), e.from_column, "*", e.how) for e in statement.influences]
    tables = frozenset(name.key for statement in script.statements for name in statement.in_tables)
    return Parsed(tuple(outputs) if whole else None, tuple(dict.fromkeys(edges)), tables)


def reached_classes(
    states: Mapping[str, ModelState], given: Iterable[tuple[ColumnKey, str]]
) -> dict[str, dict[str, ColumnKey]]:
    """Which sensitive classes arrive in each model, with a column they come from: along values, not counts or
    filters.
    """
    held: dict[ColumnKey, dict[str, ColumnKey]] = {}
    for (urn, column), name in given:
        held.setdefault((urn, column.casefold()), {}).setdefault(name, (urn, column))
    pending = True
    while pending:  # at most once for each class and column: nothing is ever taken back
        pending = False
        for urn, state in states.items():
            for (up, up_column), column, how in state.reads:
                if how not in ("identity", "expression"):
                    continue
                mine = held.setdefault((urn, column.casefold()), {})
                for name, origin in held.get((up, up_column.casefold()), {}).items():
                    if name not in mine:
                        mine[name] = origin
                        pending = True
    found: dict[str, dict[str, ColumnKey]] = {}
    for (urn, _), names in held.items():
        for name, origin in names.items():
            found.setdefault(urn, {}).setdefault(name, origin)
    return found
