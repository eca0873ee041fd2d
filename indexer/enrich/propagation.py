"""Propagation: what is said of a column also holds where its values are copied to unchanged.

Sensitive-data classes, glossary terms and descriptions travel along identity edges of column lineage only. Everything
made here is a Change of the source "propagation" (type inferred, believed last) that names in `inputs` every column on
its way, so that it is seen only by who may read them all, and is taken back when an input goes. Reads the catalog
unfiltered; decides nothing about access.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from catalog import tables
from catalog.aspects import Aspect, Classification, Column, Schema
from catalog.catalog import Catalog
from catalog.change import Change, Complete, Origin, Record
from catalog.codec import decode_inputs
from catalog.database import moment
from catalog.merge import Authority, Said, merge
from catalog.projection import read_authorities, stated
from catalog.reader import read_said
from catalog.urn import column as column_urn
from catalog.urn import name_of

NAME = "propagation"
KINDS = ("classes", "descriptions", "terms")
DEFAULT = ("classes", "descriptions")  # terms say what a column means to people; that is theirs to decide
_STOPS = frozenset({"public", "not sensitive"})  # somebody looked and said so: no class is put on top

Node = tuple[str, str]  # (URN, column in small letters)
_ByKind = dict[str, list["Arrived"]]


@dataclass(frozen=True)
class Copy:
    """One identity edge. `inputs`: of a derived edge, what it was made from."""

    source: Node
    target: Node
    inputs: tuple[str, ...] = ()


@dataclass
class Known:
    """What sources say of the columns that take part: stated values only, nothing derived."""

    spelled: dict[Node, str] = field(default_factory=dict)
    classes: dict[Node, set[str]] = field(default_factory=lambda: defaultdict(set))
    terms: dict[Node, set[str]] = field(default_factory=lambda: defaultdict(set))
    texts: dict[Node, str] = field(default_factory=dict)
    observed: dict[str, datetime] = field(default_factory=dict)  # by asset


@dataclass(frozen=True)
class Arrived:
    """One value that came to a column: which, from which column, and all that had to be read on the way."""

    node: Node
    value: str
    origin: Node
    inputs: frozenset[str]


def propagate(catalog: Catalog, kinds: Collection[str] = DEFAULT) -> Iterator[Record]:
    """All derived values as they should be now; Complete comes last, so that what is missing is taken back."""
    copies = read_copies(catalog) if kinds else []
    known = read_known(catalog, copies)
    found: dict[str, list[Arrived]] = {}
    if "classes" in kinds:
        found["classes"] = spread(copies, known.classes, _STOPS)
    if "terms" in kinds:
        found["terms"] = spread(copies, known.terms)
    if "descriptions" in kinds:
        found["descriptions"] = describe(copies, known)
    yield from changes(known, found)
    yield Complete()


def read_copies(catalog: Catalog) -> list[Copy]:
    """Every identity edge between columns."""
    e = tables.column_edges.c
    query = select(e.upstream, e.upstream_column, e.urn, e.column, e.inputs).where(e.how == "identity")
    with catalog.database.reading() as connection:
        return [
            Copy((up, up_column.casefold()), (urn, column.casefold()), decode_inputs(inputs))
            for up, up_column, urn, column, inputs in connection.execute(query)
            if (up, up_column.casefold()) != (urn, column.casefold())
        ]


def read_known(catalog: Catalog, copies: Iterable[Copy]) -> Known:
    """What is stated of the columns at either end of these edges."""
    urns = sorted({node[0] for copy in copies for node in (copy.source, copy.target)})
    known = Known()
    with catalog.database.reading() as connection:
        authorities = read_authorities(connection)
        said = read_said(connection, urns, names=(Schema.NAME, Classification.NAME))
    for urn, held in said.items():
        for values in held.values():
            own = stated(values)
            if own:
                _take(known, urn, own, authorities)
    return known


def _take(known: Known, urn: str, own: list[Said[Aspect]], authorities: dict[str, Authority]) -> None:
    value = merge(own, authorities).value
    latest = max(moment(one.point.observed_at) for one in own)
    known.observed[urn] = max(latest, known.observed.get(urn, latest))
    if isinstance(value, Classification):
        for column, name in value.classes:
            if column:
                known.classes[urn, column.casefold()].add(name)
    elif isinstance(value, Schema):
        for held in value.columns:
            node = (urn, held.name.casefold())
            known.spelled[node] = held.name
            known.terms[node].update(held.terms)
            if held.description.strip():
                known.texts[node] = held.description.strip()


def spread(copies: Iterable[Copy], given: dict[Node, set[str]], stops: Collection[str] = frozenset()) -> list[Arrived]:
    """Every label at every column its values are copied to, by a shortest way. A cycle ends where it began."""
    ways = _ways(copies)
    came: dict[tuple[Node, str], Arrived] = {}
    level = [Arrived(node, name, node, frozenset()) for node, names in sorted(given.items()) for name in sorted(names)]
    while level:
        following: list[Arrived] = []
        for one in level:
            for copy in ways.get(one.node, ()):
                mine = given.get(copy.target, ())
                if one.value in mine or (copy.target, one.value) in came or any(name in stops for name in mine):
                    continue
                if one.value in stops:
                    continue
                arrived = _on(one, copy)
                came[copy.target, one.value] = arrived
                following.append(arrived)
        level = following
    return list(came.values())


def describe(copies: Iterable[Copy], known: Known) -> list[Arrived]:
    """A description for columns without one: that of the nearest column they are copied from; of several that differ,
    none, and nothing goes on from there.
    """
    ways = _ways(copies)
    done: set[Node] = set(known.texts)
    came: list[Arrived] = []
    level = [Arrived(node, text, node, frozenset()) for node, text in sorted(known.texts.items())]
    while level:
        reached: dict[Node, dict[str, Arrived]] = defaultdict(dict)
        for one in level:
            for copy in ways.get(one.node, ()):
                if copy.target not in done:
                    reached[copy.target].setdefault(one.value, _on(one, copy))
        level = [next(iter(texts.values())) for texts in reached.values() if len(texts) == 1]
        done.update(reached)
        came += level
    return came


def _on(one: Arrived, copy: Copy) -> Arrived:
    return Arrived(copy.target, one.value, one.origin, one.inputs | {column_urn(*one.node), *copy.inputs})


def _ways(copies: Iterable[Copy]) -> dict[Node, list[Copy]]:
    held: dict[Node, list[Copy]] = defaultdict(list)
    for copy in sorted(copies, key=lambda copy: (copy.source, copy.target)):
        held[copy.source].append(copy)
    return held


def changes(known: Known, found: dict[str, list[Arrived]]) -> Iterator[Change]:
    """The derived values as Changes: one Classification and one Schema an asset."""
    classes: dict[str, list[Arrived]] = defaultdict(list)
    columns: dict[str, dict[Node, dict[str, list[Arrived]]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(list))
    )
    for kind, arrived in found.items():
        for one in arrived:
            if one.node not in known.spelled:
                continue  # nobody describes such a column: nothing to say it of
            if kind == "classes":
                classes[one.node[0]].append(one)
            else:
                columns[one.node[0]][one.node][kind].append(one)
    for urn, held in sorted(classes.items()):
        pairs = sorted({(known.spelled[one.node], one.value) for one in held})
        yield Change(urn, Classification(tuple(pairs)), _origin(known, urn, held))
    for urn, by_node in sorted(columns.items()):
        every = [one for kinds in by_node.values() for some in kinds.values() for one in some]
        schema = Schema(tuple(_column(known, node, kinds) for node, kinds in sorted(by_node.items())))
        yield Change(urn, schema, _origin(known, urn, every))


def _column(known: Known, node: Node, kinds: dict[str, list[Arrived]]) -> Column:
    """A column with what came to it; a description says that it is inferred, and from where."""
    texts = [f"{one.value} (inferred from {_shown(known, one.origin)})" for one in kinds.get("descriptions", ())]
    terms = tuple(sorted({one.value for one in kinds.get("terms", ())}))
    return Column(known.spelled[node], description=texts[0] if texts else "", terms=terms)


def _shown(known: Known, node: Node) -> str:
    return f"{name_of(node[0])}.{known.spelled.get(node, node[1])}"


def _origin(known: Known, urn: str, held: Collection[Arrived]) -> Origin:
    """Where the values come from. The time is that of the newest input: the same inputs give the same value."""
    inputs = sorted(set().union(*(one.inputs for one in held)))
    times = [known.observed[one.origin[0]] for one in held if one.origin[0] in known.observed]
    origins = sorted({_shown(known, one.origin) for one in held})
    return Origin(NAME, pointer=", ".join(origins[:3]), observed_at=max(times, default=None), inputs=tuple(inputs))
