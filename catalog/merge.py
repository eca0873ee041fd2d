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
}


@dataclass(frozen=True)
class Authority:
    """How far a source is believed: its configured type and rank."""

    type: str
    rank: int


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
    """One value out of those of several sources. `said` holds at least one, all of the same aspect."""
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


def _rank(one: Said[Any], authorities: dict[str, Authority]) -> int:
    held = authorities.get(one.point.source)
    return held.rank if held else DEFAULT_RANK


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
    return Held(replace(value, **changed), tuple(ordered))


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
    """Who differs where people would want to know: only in what Info calls the thing's name or kind."""
    if not isinstance(merged, Info):
        return ()
    return tuple(
        one
        for one in ordered
        if isinstance(one.value, Info) and one.value.kind and merged.kind and one.value.kind != merged.kind
    )


def _merge_schemas(ordered: Sequence[Said[Any]], authorities: dict[str, Authority]) -> Schema:
    if len(ordered) == 1:
        only: Schema = ordered[0].value
        return only
    physical = sorted(
        ordered,
        key=lambda one: (
            _PHYSICAL_RANKS.get(authorities[one.point.source].type, 9) if one.point.source in authorities else 9
        ),
    )
    by_name: dict[str, list[Column]] = {}
    by_name_physical: dict[str, list[Column]] = {}
    for target, sequence in ((by_name, ordered), (by_name_physical, physical)):
        for one in sequence:
            for column in one.value.columns:
                target.setdefault(column.name.casefold(), []).append(column)
    columns = [_merge_column(held, by_name_physical[key]) for key, held in by_name.items()]
    columns.sort(key=lambda column: column.position)
    return Schema(tuple(columns), _join([one.value.foreign_keys for one in ordered]))


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
