"""How each asset looked over time: its merged row and its edges, each with the span of observed time in which it held.

Owns the projections `past_assets`, `past_edges` and `unsettled`. Writing a change only notes that its asset is
unsettled and drops what these tables held of it, so nothing erased or outdated stays here; `settle` makes the rows
anew, in the background after an index run. Readers take settled assets from here and compute the others from points.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import Connection, delete, func, insert, select

from catalog import projection, tables
from catalog.aspects import Aspect, Info, Lineage, Membership
from catalog.codec import decode_inputs
from catalog.database import Database
from catalog.history import WHOLE, Point, is_live
from catalog.kinds import kind_of
from catalog.merge import Authority, Said, merge
from catalog.projection import stated
from catalog.reader import AssetRow, chunks, read_inputs, read_points, read_said, read_values

FOREVER = 2**62  # microseconds: the end of what still holds
STEP = 2000  # assets settled in one transaction: a second or so, so that writers need not wait long
_LABELS = {
    "tag": "tags",
    "term": "terms",
    "owner": "owners",
    "class": "classes",
    "mark": "marks",
    "inferred_class": "inferred_classes",
}
_Key = tuple[str, str, str]


@dataclass
class Span:
    """A stretch of observed time in which what stands stayed the same."""

    begin: int
    until: int = FOREVER
    points: dict[_Key, Point] = field(default_factory=dict)  # the live ones, by key


def unsettle(database: Database, connection: Connection, urns: Iterable[str]) -> None:
    """Note that what these assets looked like over time has to be made anew, and forget what is held of it."""
    wanted = sorted(set(urns))
    for some in chunks(wanted):
        for table in (tables.past_assets, tables.past_edges):
            connection.execute(delete(table).where(table.c.urn.in_(some)))
    database.insert_ignore(connection, tables.unsettled, [{"urn": urn} for urn in wanted])


def unsettled(connection: Connection) -> list[str]:
    """The assets whose past is not settled yet."""
    return list(connection.execute(select(tables.unsettled.c.urn).order_by(tables.unsettled.c.urn)).scalars())


def count_unsettled(connection: Connection) -> int:
    """How many assets are not settled yet."""
    return connection.execute(select(func.count()).select_from(tables.unsettled)).scalar() or 0


def settle(database: Database) -> int:
    """Make the past of all unsettled assets; returns how many. Raises WorkspaceBusy."""
    done = 0
    while True:
        with database.writing() as connection:
            urns = unsettled(connection)[:STEP]
            if not urns:
                return done
            _settle(connection, urns)
        done += len(urns)


def _settle(connection: Connection, urns: Sequence[str]) -> None:
    authorities = projection.read_authorities(connection)
    assets: list[dict[str, object]] = []
    edges: list[dict[str, object]] = []
    for urn, held_spans in spans(read_points(connection, urns)).items():
        points = [point for span in held_spans for point in span.points.values()]
        said = read_values(connection, points)
        inputs = read_inputs(connection, sorted({point.digest for point in points}))
        for span in held_spans:
            held = said_in(span, said, inputs)
            if any(map(stated, held.values())):
                assets.append(_stored(merged_row(urn, held, authorities), span))
        edges += _edges(urn, held_spans, said, inputs)
    for table, rows in ((tables.past_assets, assets), (tables.past_edges, edges)):
        if rows:
            connection.execute(insert(table), rows)
    for some in chunks(urns):
        connection.execute(delete(tables.unsettled).where(tables.unsettled.c.urn.in_(some)))


def spans(points: Iterable[Point]) -> dict[str, list[Span]]:
    """For each asset the spans between which what stands changed, in order of time."""
    by_urn: dict[str, list[Point]] = defaultdict(list)
    for point in points:
        by_urn[point.urn].append(point)
    return {urn: _spans_of(sorted(held, key=lambda point: point.order)) for urn, held in by_urn.items()}


def _spans_of(points: list[Point]) -> list[Span]:
    spans: list[Span] = []
    best: dict[_Key, Point] = {}
    for number, point in enumerate(points):
        best[point.key] = point
        if number + 1 < len(points) and points[number + 1].observed_at == point.observed_at:
            continue  # the moment is not over
        alive = {key: one for key, one in best.items() if is_live(one, best.get((one.urn, WHOLE, one.source)))}
        if spans and _digests(spans[-1].points) == _digests(alive):
            continue
        if spans:
            spans[-1].until = point.observed_at
        spans.append(Span(point.observed_at, points=alive))
    return spans


def _digests(points: dict[_Key, Point]) -> dict[_Key, str]:
    return {key: point.digest for key, point in points.items()}


def said_in(span: Span, values: dict[tuple[str, str], Aspect], inputs: dict[str, str]) -> dict[str, list[Said[Aspect]]]:
    """What stands in a span, by aspect, with the values of its points."""
    held: dict[str, list[Said[Aspect]]] = defaultdict(list)
    for point in span.points.values():
        if (value := values.get((point.aspect, point.digest))) is not None:
            held[point.aspect].append(Said(value, point, decode_inputs(inputs.get(point.digest, ""))))
    return held


def _stored(row: AssetRow, span: Span) -> dict[str, object]:
    labels = {name: sorted(getattr(row, name)) for name in _LABELS.values() if getattr(row, name)}
    return {
        "urn": row.urn,
        "begin": span.begin,
        "until": span.until,
        "kind": row.kind,
        "name": row.name,
        "qualified_name": row.qualified_name,
        "platform": row.platform,
        "env": row.env,
        "domain": row.domain,
        "parent": row.parent,
        "labels": json.dumps(labels) if labels else "",
    }


def _edges(
    urn: str, spans: Sequence[Span], values: dict[tuple[str, str], Aspect], inputs: dict[str, str]
) -> Iterator[dict[str, object]]:
    """The edges of each stretch of time in which one source's lineage stayed the same."""
    for source in sorted({key[2] for span in spans for key in span.points if key[1] == Lineage.NAME}):
        for begin, until, digest in _stretches(spans, (urn, Lineage.NAME, source)):
            value = values.get((Lineage.NAME, digest))
            if isinstance(value, Lineage):
                shared = {"urn": urn, "source": source, "digest": digest, "begin": begin, "until": until}
                shared["inputs"] = inputs.get(digest, "")
                for (upstream, how), basis in projection.asset_edges(urn, value).items():
                    yield shared | {"upstream": upstream, "how": how, "basis": basis}


def _stretches(spans: Sequence[Span], key: _Key) -> Iterator[tuple[int, int, str]]:
    begin, digest = 0, ""
    for span in spans:
        held = span.points[key].digest if key in span.points else ""
        if held != digest:
            if digest:
                yield begin, span.begin, digest
            begin, digest = span.begin, held
    if digest:
        yield begin, FOREVER, digest


# Reading ---------------------------------------------------------------------------------------------------------


def rows_at(
    connection: Connection, urns: Sequence[str] | None, at: int, authorities: dict[str, Authority]
) -> list[AssetRow]:
    """The rows of `urns` (of all assets when None) as they were observed at a time, ordered by URN."""
    c = tables.past_assets.c
    loose = set(unsettled(connection))
    found: list[AssetRow] = []
    for some in chunks(urns) if urns is not None else [None]:
        query = select(
            c.urn, c.kind, c.name, c.qualified_name, c.platform, c.env, c.domain, c.parent, c.labels
        ).where(c.begin <= at, c.until > at)  # fmt: skip
        if some is not None:
            query = query.where(c.urn.in_(some))
        found += [_row(*row) for row in connection.execute(query)]
    wanted = sorted(loose if urns is None else loose.intersection(urns))
    said = read_said(connection, wanted, at)
    found += [merged_row(urn, held, authorities) for urn, held in said.items() if any(map(stated, held.values()))]
    return sorted(found, key=lambda row: row.urn)


def _row(*parts: Any) -> AssetRow:
    *plain, labels = parts
    if not labels:
        return AssetRow(*plain)
    held: dict[str, Any] = {name: frozenset(values) for name, values in json.loads(labels).items()}
    return AssetRow(*plain, **held)


def merged_row(urn: str, said: dict[str, list[Said[Aspect]]], authorities: dict[str, Authority]) -> AssetRow:
    """The row of an asset out of what all sources said of it."""
    merged = {name: merge(values, authorities).value for name, all_ in said.items() if (values := stated(all_))}
    info = merged.get(Info.NAME) or Info(kind=kind_of(urn))
    membership = merged.get(Membership.NAME)
    domain = membership.domain if isinstance(membership, Membership) else ""
    row = projection.asset_row(urn, cast(Info, info), domain, 0)
    labels: dict[str, set[str]] = defaultdict(set)
    labels["inferred_classes"].update(projection.inferred_classes(said))
    for value in merged.values():
        for kind, label in projection.labels_of(value):
            labels[_LABELS[kind]].add(label)
    del row["seq"]
    held: dict[str, Any] = {name: frozenset(values) for name, values in labels.items() if values}
    return AssetRow(**cast(dict[str, Any], row), **held)


def edges_at(connection: Connection, at: int) -> list[tuple[str, str, str, str, str, str, tuple[str, ...]]]:
    """Every asset-level edge at a time: (upstream, urn, how, basis, source, digest, inputs), in the present order."""
    c = tables.past_edges.c
    query = select(c.upstream, c.urn, c.how, c.basis, c.source, c.digest, c.inputs).where(c.begin <= at, c.until > at)
    found: list[tuple[str, str, str, str, str, str, tuple[str, ...]]]
    found = [(*row[:-1], decode_inputs(row[-1])) for row in connection.execute(query)]
    said = read_said(connection, unsettled(connection), at, names=(Lineage.NAME,))
    found += [
        (upstream, urn, how, basis, one.point.source, one.point.digest, one.inputs)
        for urn, held in said.items()
        for one in held[Lineage.NAME]
        if isinstance(one.value, Lineage)
        for (upstream, how), basis in projection.asset_edges(urn, one.value).items()
    ]
    return sorted(found, key=lambda edge: (edge[1], edge[0], edge[2], edge[4]))
