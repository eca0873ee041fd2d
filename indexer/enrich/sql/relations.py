"""What a FROM item or a query gives to the query around it: columns, and for each the table columns it comes from.

Owns the four kinds of relation and the arithmetic of sources. Knows no SQL grammar; query.py and sources.py build
these from syntax trees.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from indexer.enrich.sql.records import TableName

IDENTITY, EXPRESSION, AGGREGATE = 0, 1, 2
"""How strongly a value was worked on along its way; a chain is as strong as its strongest link."""

Influence = Literal["filter", "join"]


class Unquoted(str):
    """A column name that its platform folds to upper case: among `id`, `Id` and `ID` it means the last."""

    __slots__ = ()


class Relation:
    """Something with columns. `influences` choose its rows; `inputs` are the relations it was made from."""

    __slots__ = ("influences", "inputs")

    def __init__(self, inputs: Iterable[Relation] = ()) -> None:
        self.inputs: list[Relation] = list(inputs)
        self.influences: list[tuple[Influence, Sources]] = []

    def has(self, key: str) -> bool:
        """True when a column of that lower-case name is certainly here."""
        raise NotImplementedError

    def get(self, name: str, fields: tuple[str, ...] = ()) -> Sources | None:
        """Where column `name` (or a field of it) comes from; None when it cannot be a column of this."""
        raise NotImplementedError

    def outputs(self) -> list[Output]:
        """The columns known to be here, in order."""
        raise NotImplementedError

    def gaps(self) -> list[Gap]:
        """Stars that could not be expanded: further columns, of unknown names, pass through here."""
        raise NotImplementedError


class Base(Relation):
    """A table, view, file or stage: the leaves. One object a name and statement, so that it may serve as a key."""

    __slots__ = ("columns", "name", "spelling")

    def __init__(self, name: TableName, columns: tuple[str, ...] | None) -> None:
        super().__init__()
        self.name = name
        self.columns = columns
        self.spelling: dict[str, str] = {}
        for column in columns or ():
            self.spelling.setdefault(column.lower(), column)

    def has(self, key: str) -> bool:
        return key in self.spelling

    def get(self, name: str, fields: tuple[str, ...] = ()) -> Sources | None:
        spelled = self.spelled(name)
        if spelled is None and self.columns is not None:
            return None
        if not fields:
            return {(self, spelled or name): IDENTITY}
        path = ".".join((name, *fields))
        if self.columns is None:
            return {(self, path): IDENTITY}
        known = self.spelling.get(path.lower())
        return {(self, known): IDENTITY} if known else {(self, spelled or name): EXPRESSION}

    def spelled(self, name: str) -> str | None:
        """The schema's spelling of a column: exactly that one if it is there, else one differing in case only."""
        if self.columns is None:
            return None
        found = self.spelling.get(name.lower())
        if isinstance(name, Unquoted) and name.upper() in self.columns:
            return name.upper()
        return name if found is not None and found != name and name in self.columns else found

    def assumed(self, name: str, fields: tuple[str, ...] = ()) -> Sources:
        """A column that the schema lacks but that can be nowhere else: the schema may be older than the statement."""
        return {(self, ".".join((name, *fields))): IDENTITY}

    def outputs(self) -> list[Output]:
        fields = {c.lower() for c in self.columns or ()}
        tops = [c for c in self.columns or () if "." not in c or c.lower().split(".", 1)[0] not in fields]
        return [Output(column, {(self, column): IDENTITY}) for column in tops]

    def gaps(self) -> list[Gap]:
        return [Gap(self)] if self.columns is None else []


Ref: TypeAlias = tuple[Base, str]
Sources: TypeAlias = dict[Ref, int]


@dataclass(slots=True)
class Output:
    """A column of a query. `node` is the syntax that computes it; `fields` the parts of a struct built here."""

    name: str
    sources: Sources
    node: Any = None
    fields: Mapping[str, Sources] | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """A star over `relation`, whose columns are not all known; less some names, and with some renamed (new -> old)."""

    relation: Relation
    without: frozenset[str] = frozenset()
    renamed: Mapping[str, str] = field(default_factory=dict)

    def get(self, name: str, fields: tuple[str, ...]) -> Sources | None:
        key = name.lower()
        if key in self.renamed:
            return self.relation.get(self.renamed[key], fields)
        return None if key in self.without else self.relation.get(name, fields)


class Query(Relation):
    """The result of a SELECT: listed columns, and gaps where a star stood over something unknown."""

    __slots__ = ("_by_key", "_gaps", "_outputs")

    def __init__(self, outputs: list[Output], gaps: Iterable[Gap] = (), inputs: Iterable[Relation] = ()) -> None:
        super().__init__(inputs)
        self._outputs = outputs
        self._gaps = list(gaps)
        self._by_key: dict[str, Output] = {}
        for output in outputs:
            self._by_key.setdefault(output.name.lower(), output)

    def has(self, key: str) -> bool:
        return key in self._by_key

    def get(self, name: str, fields: tuple[str, ...] = ()) -> Sources | None:
        found = self._by_key.get(name.lower())
        if found is None:
            return self._through_gap(name, fields)
        if found.name != name:
            found = next((output for output in self._outputs if output.name == name), found)
        if not fields:
            return found.sources
        part = found.fields.get(fields[0].lower()) if found.fields else None
        return part if part is not None and len(fields) == 1 else raised(found.sources, EXPRESSION)

    def _through_gap(self, name: str, fields: tuple[str, ...]) -> Sources | None:
        answers = [found for gap in self._gaps if (found := gap.get(name, fields)) is not None]
        return answers[0] if len(answers) == 1 else None

    def outputs(self) -> list[Output]:
        return self._outputs

    def gaps(self) -> list[Gap]:
        return self._gaps


class Branches(Relation):
    """A set operation with a star that could not be expanded: columns are matched by name, not by position."""

    __slots__ = ("branches",)

    def __init__(self, branches: list[Relation]) -> None:
        super().__init__(branches)
        self.branches = branches

    def has(self, key: str) -> bool:
        return all(branch.has(key) for branch in self.branches)

    def get(self, name: str, fields: tuple[str, ...] = ()) -> Sources | None:
        answers = [found for branch in self.branches if (found := branch.get(name, fields)) is not None]
        return merged(answers) if answers else None

    def outputs(self) -> list[Output]:
        return []

    def gaps(self) -> list[Gap]:
        return [Gap(self)]


class Made(Relation):
    """Rows made out of values: UNNEST, FLATTEN, a table function, VALUES. Every column comes from all its arguments.

    `unlisted`: other names than `columns` may be columns of it too (the fields of an unnested struct); that only
    counts when no table claims the name.
    """

    __slots__ = ("columns", "sources", "unlisted")

    def __init__(self, sources: Sources, columns: tuple[str, ...] = (), unlisted: bool = True) -> None:
        super().__init__()
        self.sources = sources
        self.columns = columns
        self.unlisted = unlisted

    def has(self, key: str) -> bool:
        return any(column.lower() == key for column in self.columns)

    def get(self, name: str, fields: tuple[str, ...] = ()) -> Sources | None:
        return self.sources if self.unlisted or self.has(name.lower()) else None

    def outputs(self) -> list[Output]:
        return [Output(column, self.sources) for column in self.columns]

    def gaps(self) -> list[Gap]:
        return [] if self.columns else [Gap(self)]


def raised(sources: Sources, floor: int) -> Sources:
    """The same sources, each at least as strongly worked on as `floor`."""
    if floor == IDENTITY:
        return sources
    return {ref: how if how > floor else floor for ref, how in sources.items()}


def add(into: Sources, more: Sources, floor: int = IDENTITY) -> None:
    """Put `more` into `into`, raised to `floor`."""
    for ref, how in more.items():
        strength = how if how > floor else floor
        if into.get(ref, -1) < strength:
            into[ref] = strength


def merged(many: Iterable[Sources]) -> Sources:
    """The union of several."""
    result: Sources = {}
    for sources in many:
        add(result, sources)
    return result
