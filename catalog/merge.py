"""Many sources, one asset: how the values that sources hold become the one people see. Pure functions.

Each aspect declares its rule (catalog/aspects.py): "first" takes the most trusted source that says anything, "union"
joins the items of all, "by_key" decides column by column and field by field. What sources say otherwise is kept beside
the answer as a dispute, never dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import MISSING, dataclass, field, fields, replace
from typing import Any, Generic, TypeVar

from catalog.aspects import (
    Aspect,
    Check,
    Column,
    ColumnEdge,
    ExampleQuery,
    ForeignKey,
    Incident,
    Info,
    Join,
    Link,
    Schema,
    Upstream,
)  # fmt: skip
from catalog.change import Evidence
from catalog.history import Point

T = TypeVar("T", bound=Aspect)

# How far each type of source is believed by default; lower is first. Configuration may set a source's own rank.
RANKS = {
    "person": 10,
    "files": 20,
    "dbt": 30,
    "database": 40,
    "datahub": 50,
    "openlineage": 60,
    "sql": 70,
    "inferred": 90,
}
DEFAULT_RANK = 55

# Which fields of a column are facts of the platform: there the warehouse is believed before what people wrote down.
_PHYSICAL = ("type", "nullable", "position")
_PHYSICAL_RANKS = {"database": 0, "dbt": 1, "datahub": 2}

_ITEM_KEYS: dict[type, tuple[str, ...]] = {
    Upstream: ("urn", "how"),
    ColumnEdge: ("source_urn", "source_column", "column", "how"),
    Check: ("name", "column"),
    Incident: ("urn", "title", "opened_at"),
    Link: ("url",),
    ExampleQuery: ("sql",),
    ForeignKey: ("columns", "target"),
    Join: ("columns", "target", "target_columns"),
}


# Fields in which two sources that differ on one item contradict each other; elsewhere they only know more or less.
_TOLD: dict[type, tuple[str, ...]] = {Check: ("status",), Incident: ("status",)}

# One type under several names, so that a catalog's word for it does not count as a contradiction of dbt's.
_TYPE_NAMES = {
    "character varying": "text", "varchar": "text", "string": "text", "character": "text", "char": "text",
    "nvarchar": "text", "varchar2": "text", "bpchar": "text",
    "integer": "int", "int4": "int", "int8": "int", "bigint": "int", "int64": "int", "smallint": "int", "long": "int",
    "decimal": "number", "numeric": "number",
    "boolean": "bool",
    "double precision": "float", "double": "float", "float8": "float", "float64": "float", "real": "float",
    "timestamp without time zone": "timestamp", "timestamp_ntz": "timestamp", "datetime": "timestamp",
    "timestamp with time zone": "timestamptz", "timestamp_tz": "timestamptz",
}  # fmt: skip


@dataclass(frozen=True)
class Authority:
    """How far a source is believed: its configured type and rank. `places`: by aspect, where configuration names it."""

    type: str
    rank: int
    places: tuple[tuple[str, int], ...] = ()

    def place(self, aspect: str) -> tuple[int, int]:
        """Lower is believed first: those that the aspect's configured precedence names, then all others by rank."""
        named = dict(self.places).get(aspect) if self.places else None
        return (1, self.rank) if named is None else (0, named)


@dataclass(frozen=True)
class Said(Generic[T]):
    """One source's value, with the point it stands at. `inputs`: of a derived value, the URNs it was made from."""

    value: T
    point: Point
    inputs: tuple[str, ...] = ()
    plain: bool = field(default=False, compare=False)  # known to hold no URN, so there is nothing to look for

    @property
    def evidence(self) -> Evidence:
        """The address of this value."""
        return Evidence(self.point.urn, self.point.aspect, self.point.source, self.point.digest)


@dataclass(frozen=True)
class Held(Generic[T]):
    """The merged value of an aspect, who contributed (most trusted first) and who says otherwise."""

    value: T
    said: tuple[Said[T], ...]
    disputes: tuple[Said[T], ...] = ()

    def proof(self, says: Callable[[T], bool]) -> Said[T]:
        """The most trusted source whose own value satisfies `says`; the first source when none does alone."""
        return next((one for one in self.said if says(one.value)), self.said[0])


def merge(said: Sequence[Said[T]], authorities: dict[str, Authority]) -> Held[T]:
    """One value out of those of several sources. `said` holds at least one, all of the same aspect.

    Of equally trusted sources the name decides; of one source's several values (an asset under several URNs) the first.
    """
    ordered = sorted(said, key=lambda one: (_rank(one, authorities), one.point.source))
    rule = ordered[0].value.MERGE
    if len(ordered) == 1 and rule != "union":  # a union also drops what one source says twice
        return Held(ordered[0].value, (ordered[0],))
    if rule == "union":
        return _union(ordered)
    if rule == "by_key":
        return _by_key(ordered, authorities)
    return _first(ordered)


def is_empty(value: Aspect) -> bool:
    """Whether a value says nothing: all its fields have their defaults."""
    return all(getattr(value, item.name) == item.default for item in fields(value) if item.default is not MISSING)


def _rank(one: Said[Any], authorities: dict[str, Authority]) -> tuple[int, int]:
    held = authorities.get(one.point.source)
    return held.place(one.point.aspect) if held else (1, DEFAULT_RANK)


def _first(ordered: list[Said[T]]) -> Held[T]:
    speaking = [one for one in ordered if not is_empty(one.value)] or ordered
    top = speaking[0]
    return Held(top.value, (top,), tuple(one for one in speaking[1:] if one.value != top.value))


def _union(ordered: list[Said[T]]) -> Held[T]:
    value = ordered[0].value
    changed: dict[str, Any] = {}
    for item in fields(value):
        held = [getattr(one.value, item.name) for one in ordered]
        if isinstance(held[0], tuple):
            changed[item.name] = _join(held)
        else:
            changed[item.name] = next((one for one in held if one != item.default), held[0])
    merged = replace(value, **changed)
    return Held(merged, tuple(ordered), tuple(one for one in ordered if _contradicts(one.value, merged)))


def _contradicts(value: Aspect, merged: Aspect) -> bool:
    """Whether a source says otherwise of an item that both know: a check that passed here and failed there."""
    for item in fields(value):
        theirs, ours = getattr(value, item.name), getattr(merged, item.name)
        if not isinstance(theirs, tuple):
            continue
        held = {_item_key(one): one for one in ours}
        for one in theirs:
            names = _TOLD.get(type(one), ())
            if any(getattr(one, name) != getattr(held[_item_key(one)], name) for name in names):
                return True
    return False


def _join(tuples: list[tuple[Any, ...]]) -> tuple[Any, ...]:
    seen: dict[Hashable, Any] = {}
    for items in tuples:
        for item in items:
            seen.setdefault(_item_key(item), item)
    return tuple(seen.values())


def _item_key(item: Any) -> Hashable:
    names = _ITEM_KEYS.get(type(item))
    return item if names is None else tuple(getattr(item, name) for name in names)


def _by_key(ordered: list[Said[T]], authorities: dict[str, Authority]) -> Held[T]:
    top = ordered[0].value
    merged: Aspect
    if isinstance(top, Schema):
        merged = _merge_schemas([one for one in ordered if isinstance(one.value, Schema)], authorities)
    else:
        merged = replace(top, **{item.name: _first_said(ordered, item.name) for item in fields(top)})
    return Held(merged, tuple(ordered), _field_disputes(ordered, merged))  # type: ignore[arg-type]


def _first_said(ordered: Sequence[Said[Any]], name: str) -> Any:
    held = [getattr(one.value, name) for one in ordered]
    default = next(item.default for item in fields(ordered[0].value) if item.name == name)
    if name == "properties":
        return tuple(dict(pair for pairs in reversed(held) for pair in pairs).items())
    return next((value for value in held if value != default), held[0])


def _field_disputes(ordered: list[Said[T]], merged: Aspect) -> tuple[Said[T], ...]:
    """Who differs where people would want to know: in what kind of thing it is, in a column's type or description."""
    return tuple(one for one in ordered if _differs(one.value, merged))


def _differs(value: Aspect, merged: Aspect) -> bool:
    if isinstance(value, Info) and isinstance(merged, Info):
        return bool(value.kind and merged.kind and value.kind != merged.kind)
    if isinstance(value, Schema) and isinstance(merged, Schema):
        held = {column.name.casefold(): column for column in merged.columns}
        return any(differing(column, held[column.name.casefold()]) for column in value.columns)
    return False


def differing(one: Column, other: Column) -> tuple[str, ...]:
    """The fields in which two accounts of a column contradict each other: "type", "description"."""
    found = []
    if one.type and other.type and _plain_type(one.type) != _plain_type(other.type):
        found.append("type")
    if one.description.strip() and other.description.strip() and one.description.strip() != other.description.strip():
        found.append("description")
    return tuple(found)


def _plain_type(text: str) -> str:
    """A type without length, scale and case, under one of its names."""
    plain = text.partition("(")[0].strip().lower()
    return _TYPE_NAMES.get(plain, plain)


def _merge_schemas(ordered: Sequence[Said[Any]], authorities: dict[str, Authority]) -> Schema:
    if len(ordered) == 1:
        only: Schema = ordered[0].value
        return only
    physical = sorted(ordered, key=lambda one: _physical_rank(one, authorities))
    by_name: dict[str, list[Column]] = {}
    by_name_physical: dict[str, list[Column]] = {}
    for target, sequence in ((by_name, ordered), (by_name_physical, physical)):
        for one in sequence:
            for column in one.value.columns:
                target.setdefault(column.name.casefold(), []).append(column)
    columns = [_merge_column(held, by_name_physical[key]) for key, held in by_name.items()]
    columns.sort(key=lambda column: column.position)
    return Schema(tuple(columns), _join([one.value.foreign_keys for one in ordered]))


def _physical_rank(one: Said[Any], authorities: dict[str, Authority]) -> tuple[int, int]:
    """Configured precedence counts for types too; else the warehouse is believed before what people wrote down."""
    held = authorities.get(one.point.source)
    if held is None:
        return (1, 9)
    named, place = held.place(Schema.NAME)
    return (0, place) if named == 0 else (1, _PHYSICAL_RANKS.get(held.type, 9))


def _merge_column(held: list[Column], physical: list[Column]) -> Column:
    values: dict[str, Any] = {"name": physical[0].name}
    for item in fields(Column):
        if item.name == "name":
            continue
        candidates = [getattr(one, item.name) for one in (physical if item.name in _PHYSICAL else held)]
        if item.name in ("tags", "terms"):
            values[item.name] = tuple(dict.fromkeys(value for values_ in candidates for value in values_))
        else:
            values[item.name] = next((value for value in candidates if value != item.default), item.default)
    return Column(**values)
