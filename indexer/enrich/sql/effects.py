"""What a statement writes, before it is put into records: a target, its columns, and what chose the rows.

Owns the matching of a query's columns to a target's. The statement forms are in writes.py, changes.py and files.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import zip_longest

from indexer.enrich.sql.reader import Reader
from indexer.enrich.sql.relations import Base, Influence, Output, Relation, Sources


@dataclass(slots=True)
class Effect:
    """One target (None: the result of a query) with the columns that reach it.

    `relations` are walked for the conditions that chose the rows; `influences` are conditions of the statement itself.
    """

    target: Base | None
    columns: list[Output] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    influences: list[tuple[Influence, Sources]] = field(default_factory=list)


def assign(
    reader: Reader,
    target: Base | None,
    relation: Relation,
    names: list[str] | None = None,
    by_position: bool = False,
) -> Effect:
    """Match a relation's columns to a target's: to `names` in order if given, else by the target's own order when
    `by_position` and it is known, else by the names that the query gives them."""
    outputs = relation.outputs()
    gaps = relation.gaps()
    for gap in gaps:
        reader.problem(unexpanded(gap.relation))
    if names is None and by_position and target is not None and target.columns is not None:
        names = top_level(target.columns)
        if len(outputs) != len(names):
            reader.problem(f"{len(outputs)} columns are inserted into {target.name}, whose schema lists {len(names)}")
            names = names[: len(outputs)]
    if names is not None and gaps:
        return Effect(target, [], [relation])
    if names is not None:
        pairs = zip_longest(names, outputs[: len(names)])
        outputs = [Output(name, o.sources if o else {}, o.node if o else None) for name, o in pairs]
    return Effect(target, outputs, [relation])


def top_level(columns: tuple[str, ...]) -> list[str]:
    """The columns of a schema without the fields of structs."""
    present = {column.lower() for column in columns}
    return [column for column in columns if "." not in column or column.split(".", 1)[0].lower() not in present]


def unexpanded(relation: Relation) -> str:
    """The sentence for a star over something whose columns are not known."""
    bases: dict[str, None] = {}
    pending, seen = [relation], set()
    while pending:
        current = pending.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        if isinstance(current, Base) and current.columns is None:
            bases[str(current.name)] = None
        pending += [gap.relation for gap in current.gaps()]
    of = ", ".join(bases) or "a derived table"
    return f"a star could not be expanded: the columns of {of} are not known"
