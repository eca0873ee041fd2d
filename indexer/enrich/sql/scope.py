"""What names mean inside one SELECT: its FROM items, its own aliases, and the query around it.

Owns name resolution. It is lenient where a database would refuse, and says so in `Scope.problem`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlglot import exp

from indexer.enrich.sql.platforms import PSEUDO_COLUMNS
from indexer.enrich.sql.relations import EXPRESSION, Base, Made, Output, Relation, Sources, merged, raised

Ctes = Mapping[str, Relation]


@dataclass(slots=True)
class Entry:
    """A FROM item: its alias in lower case, or for an unaliased table the parts of its name."""

    alias: str
    relation: Relation
    parts: tuple[str, ...] = ()


class Scope:
    """One FROM clause with what stands around it. `reuse`: select items may name earlier ones;
    `alias_first`: such a name is preferred to a column."""

    def __init__(
        self,
        problem: Callable[[str], None],
        ctes: Ctes,
        outer: Scope | None = None,
        reuse: bool = False,
        fields: bool = True,
        alias_first: bool = False,
    ) -> None:
        self.problem = problem
        self.ctes = ctes
        self.outer = outer
        self.reuse = reuse
        self.fields = fields
        self.alias_first = alias_first
        self.variable: Callable[[str, tuple[str, ...]], Sources | None] | None = None
        self.entries: list[Entry] = []
        self.joined: dict[str, Sources] = {}
        self.aliases: dict[str, Output] = {}
        self.windows: dict[str, exp.Expr] = {}
        self.relation = Relation()
        self._memo: dict[tuple[str, ...], Sources] = {}
        self._unquoted: dict[tuple[str, ...], Sources] = {}

    def put(self, entry: Entry) -> None:
        """Add a FROM item."""
        self.entries.append(entry)
        self.relation.inputs.append(entry.relation)
        self._forget()

    def drop(self, after: int, joined: list[str]) -> None:
        """Take the FROM items from number `after` on out of sight: a semi or anti join only tests them."""
        del self.entries[after:]
        for name in joined:
            self.joined.pop(name.lower(), None)
        self._forget()

    def _forget(self) -> None:
        self._memo.clear()
        self._unquoted.clear()

    def resolve(self, path: tuple[str, ...]) -> Sources:
        """Where a (qualified) column name comes from. Nothing found, or too much, is a problem and no source."""
        memo = self._memo if type(path[-1]) is str else self._unquoted
        found = memo.get(path)
        if found is None:
            found = memo[path] = self._qualified(path) if len(path) > 1 else self._bare(path[0], ())
        return found

    def define(self, output: Output) -> None:
        """Make a select item's alias known to those after it."""
        key = output.name.lower()
        self.aliases.setdefault(key, output)
        for memo in (self._memo, self._unquoted):
            if self.alias_first or (self.reuse and not memo.get((key,), True)):
                memo.pop((key,), None)

    def entry(self, qualifier: tuple[str, ...]) -> Entry | None:
        """The FROM item that a qualifier such as `t` or `db.t` names, here only."""
        keys = tuple(part.lower() for part in qualifier)
        if len(keys) == 1:
            return next((entry for entry in self.entries if entry.alias == keys[0]), None)
        return next((e for e in self.entries if e.parts[-len(keys) :] == keys and len(e.parts) >= len(keys)), None)

    def knows(self, name: str) -> bool:
        """True when a qualifier of that name stands here or around."""
        return self.entry((name,)) is not None or (self.outer is not None and self.outer.knows(name))

    def _qualified(self, path: tuple[str, ...]) -> Sources:
        scope: Scope | None = self
        while scope is not None:
            for length in range(min(len(path) - 1, 4), 0, -1):
                entry = scope.entry(path[:length])
                if entry is not None:
                    return self._member(entry.relation, path[length], path[length + 1 :])
            scope = scope.outer
        held = self.variable(path[0], path[1:]) if self.variable is not None else None
        if held is not None:
            return held
        if path[-1].lower() in PSEUDO_COLUMNS:
            return {}
        if self.fields:
            return self._bare(path[0], path[1:])
        self.problem(f"'{path[0]}' in '{'.'.join(path)}' names no table of this query")
        return {}

    def _member(self, relation: Relation, name: str, fields: tuple[str, ...]) -> Sources:
        found = relation.get(name, fields)
        if found is not None:
            return found
        if name.lower() in PSEUDO_COLUMNS:
            return {}
        if isinstance(relation, Base):
            self.problem(f"column '{name}' is not in the known schema of {relation.name}")
            return relation.assumed(name, fields)
        self.problem(f"column '{name}' could not be found in the subquery it is taken from")
        return {}

    def _bare(self, name: str, fields: tuple[str, ...]) -> Sources:
        key = name.lower()
        for step in (Scope._certain, Scope._held, Scope._possible):
            scope: Scope | None = self
            while scope is not None:
                found = step(scope, name, key, fields)
                if found is not None:
                    return found
                scope = scope.outer
        return self._unplaced(name, fields)

    def _certain(self, name: str, key: str, fields: tuple[str, ...]) -> Sources | None:
        if self.alias_first and key in self.aliases:
            return self.aliases[key].sources
        if key in self.joined:
            return self.joined[key]
        for entry in self.entries:
            if entry.relation.has(key):
                return entry.relation.get(name, fields)
        if key in self.aliases:
            sources = self.aliases[key].sources
            return raised(sources, EXPRESSION) if fields else sources
        row = self.entry((name,))
        return whole_row(row.relation) if row is not None and not fields else None

    def _held(self, name: str, key: str, fields: tuple[str, ...]) -> Sources | None:
        return self.variable(name, fields) if self.variable is not None else None

    def _possible(self, name: str, key: str, fields: tuple[str, ...]) -> Sources | None:
        if key in PSEUDO_COLUMNS:
            return {}
        open_ones = [entry.relation for entry in self.entries if entry.relation.gaps()]
        tables = [relation for relation in open_ones if not isinstance(relation, Made)]
        made = [e.relation for e in self.entries if isinstance(e.relation, Made) and e.relation.unlisted]
        for candidates in (tables, made):
            if len(candidates) > 1:
                self.problem(f"column '{name}' may belong to any of several tables whose schemas are not known")
                return {}
            if candidates:
                return candidates[0].get(name, fields)
        return None

    def _unplaced(self, name: str, fields: tuple[str, ...]) -> Sources:
        if name.lower() in PSEUDO_COLUMNS:
            return {}
        bases = [entry.relation for entry in self.entries if isinstance(entry.relation, Base)]
        if len(bases) == 1 and len(self.entries) == 1:
            return self._member(bases[0], name, fields)
        self.problem(f"column '{name}' is in none of the tables of this query")
        return {}


def whole_row(relation: Relation) -> Sources:
    """Every column of a relation, for a row used as one value."""
    if isinstance(relation, Made):
        return relation.sources
    return raised(merged(output.sources for output in relation.outputs()), EXPRESSION)
