"""The projections of the catalog: assets, labels and edges, one merged row per thing, for lists, filters and walks.

Owns their content. They can be dropped and rebuilt from `current` and `contents` at any time; nothing else writes them.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from catalog import codec, tables
from catalog.ai_aspects import ModelVersion
from catalog.aspects import (
    Aspect,
    Certification,
    Checks,
    Classification,
    Deprecation,
    Documentation,
    Freshness,
    Incidents,
    Info,
    Lineage,
    Membership,
    Ownership,
    Tags,
    Terms,
    Usage,
)  # fmt: skip
from catalog.history import Point
from catalog.identity.register import ASPECTS, Register, Touched, clear
from catalog.kinds import kind_of
from catalog.merge import Authority, Said, merge
from catalog.urn import env_of, name_of, parse, platform_of

_CHUNK = 400  # keeps the number of bound parameters far below every database's limit
_PROJECTED = (
    Info, Membership, Ownership, Tags, Terms, Classification, Lineage, Documentation, Certification, Deprecation,
    Checks, Incidents, Freshness, Usage, ModelVersion,
)  # fmt: skip
FAILED = ("fail", "error")
_LINKS = tuple(cls.NAME for cls in ASPECTS)
_NAMES = tuple(cls.NAME for cls in (*_PROJECTED, *ASPECTS))
Rows = list[dict[str, object]]
Values = Mapping[tuple[str, str], Aspect]
SaidBy = Mapping[str, Mapping[str, Sequence[Said[Aspect]]]]  # by asset and aspect


def rebuild_all(connection: Connection, seq: int) -> list[str]:
    """Make the projections of every asset anew; returns which they are."""
    urns = set(connection.execute(select(tables.current.c.urn).distinct()).scalars())
    urns |= set(connection.execute(select(tables.assets.c.urn)).scalars())
    clear(connection)
    rebuild(connection, sorted(urns), seq)
    return sorted(urns)


def rebuild(connection: Connection, urns: Sequence[str], seq: int, known: Values | None = None) -> None:
    """Bring the rows of `urns` in line with what is current; assets that nobody speaks of any more disappear.

    `known`: values that need not be decoded again, by aspect and digest.
    """
    known = known or {}
    authorities = read_authorities(connection)
    register = Register(connection, seq)
    for start in range(0, len(urns), _CHUNK):
        some = urns[start : start + _CHUNK]
        said = _said(connection, some, known)
        _rebuild_edges(connection, some, said)
        touched = register.refresh(some, _speakers(connection, some, authorities), said)
        _rebuild_assets(connection, touched, said, authorities, seq)


def _rebuild_edges(connection: Connection, urns: Sequence[str], said: SaidBy) -> None:
    """The edges that `urns` state, as they state them: which asset an end belongs to is decided at read."""
    batches: dict[str, Rows] = defaultdict(list)
    for urn in urns:
        for one in said.get(urn, {}).get(Lineage.NAME, ()):
            _edges_of(one, batches)
    for table in (tables.edges, tables.column_edges):
        connection.execute(delete(table).where(table.c.urn.in_(urns)))
        if rows := batches[table.name]:
            connection.execute(insert(table), rows)


def _rebuild_assets(
    connection: Connection, touched: Touched, said: SaidBy, authorities: dict[str, Authority], seq: int
) -> None:
    """One row and one set of labels for each identity, out of what is said of all its members."""
    others = sorted({urn for members in touched.groups.values() for urn in members} - said.keys())
    held = {**said}
    for start in range(0, len(others), _CHUNK):
        held |= _said(connection, others[start : start + _CHUNK], {})
    batches: dict[str, Rows] = defaultdict(list)
    for canonical, members in touched.groups.items():
        _project(canonical, joined([held.get(urn, {}) for urn in members]), authorities, seq, batches)
        if len(members) > 1:
            batches["facts"].extend(_facts_row(urn, held.get(urn, {}), authorities) for urn in members)
    gone = sorted(touched.urns)
    for table in (tables.assets, tables.labels):
        for start in range(0, len(gone), _CHUNK):
            connection.execute(delete(table).where(table.c.urn.in_(gone[start : start + _CHUNK])))
        if rows := batches[table.name]:
            connection.execute(insert(table), rows)
    if rows := batches["facts"]:
        of_member = tables.identities.c.urn == bindparam("member")
        connection.execute(update(tables.identities).where(of_member).values(facts=bindparam("said")), rows)


def joined(values: Sequence[Mapping[str, Sequence[Said[Aspect]]]]) -> dict[str, list[Said[Aspect]]]:
    """What is said of several members as of one; of equally trusted sources the first member's counts."""
    if len(values) == 1:
        return {name: list(held) for name, held in values[0].items()}
    found: dict[str, list[Said[Aspect]]] = defaultdict(list)
    for one in values:
        for name, held in one.items():
            found[name].extend(held)
    return found


def _facts_row(
    urn: str, said: Mapping[str, Sequence[Said[Aspect]]], authorities: dict[str, Authority]
) -> dict[str, object]:
    """What rules of access look at in one member, beside the labels, that the identity has from all."""
    batches: dict[str, Rows] = defaultdict(list)
    _project(urn, said, authorities, 0, batches)
    row = batches["assets"][0]
    facts = {name: row[name] for name in ("kind", "platform", "domain", "qualified_name")}
    return {"member": urn, "said": json.dumps(facts)}


def read_authorities(connection: Connection) -> dict[str, Authority]:
    """Every registered source with its type, its rank, and its place where precedence is configured for an aspect."""
    c = tables.sources.c
    order: dict[str, list[str]] = json.loads(read_precedence(connection) or "{}")
    return {
        name: Authority(kind, rank, tuple(_places(name, kind, order)))
        for name, kind, rank in connection.execute(select(c.name, c.type, c.rank))
    }


def read_precedence(connection: Connection) -> str | None:
    """The configured precedence, by aspect, as JSON; None where none was ever set."""
    return connection.execute(select(tables.meta.c.value).where(tables.meta.c.key == "precedence")).scalar()


def store_precedence(connection: Connection, text: str) -> None:
    """Keep another precedence; the caller rebuilds."""
    connection.execute(delete(tables.meta).where(tables.meta.c.key == "precedence"))
    connection.execute(insert(tables.meta), [{"key": "precedence", "value": text}])


def _places(name: str, kind: str, order: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, int]]:
    """Where a source stands in each aspect's precedence, by its own name or by its type."""
    for aspect, names in order.items():
        if name in names:
            yield aspect, names.index(name)
        elif kind in names:
            yield aspect, names.index(kind)


def _speakers(
    connection: Connection, urns: Sequence[str], authorities: dict[str, Authority]
) -> dict[str, set[str]]:  # fmt: skip
    """By asset the types of the sources that speak of it; assets that nobody speaks of are missing.

    A derived value makes no asset exist: who may not see its inputs must not learn of it by that.
    """
    c, contents = tables.current.c, tables.contents.c
    said = tables.current.join(tables.contents, contents.digest == c.digest)
    query = select(c.urn, c.source).select_from(said).where(c.urn.in_(urns), c.live, contents.inputs == "")
    found: dict[str, set[str]] = defaultdict(set)
    for urn, source in connection.execute(query.distinct()):
        known = authorities.get(source)
        found[urn].add(known.type if known else source)
    return found


def _said(connection: Connection, urns: Sequence[str], known: Values) -> dict[str, dict[str, list[Said[Aspect]]]]:
    c, contents = tables.current.c, tables.contents.c
    query = (
        select(c.urn, c.aspect, c.source, c.observed_at, c.digest, contents.json, contents.inputs)
        .join(tables.contents, contents.digest == c.digest)
        .where(c.urn.in_(urns), c.aspect.in_(_NAMES), c.live, contents.json.is_not(None))
    )
    held: dict[str, dict[str, list[Said[Aspect]]]] = defaultdict(lambda: defaultdict(list))
    for *key, text, inputs in connection.execute(query):
        point = Point(*key)
        value = known.get((point.aspect, point.digest)) or codec.decode(point.aspect, text)
        held[point.urn][point.aspect].append(Said(value, point, codec.decode_inputs(inputs)))
    return held


def _project(
    urn: str,
    said: Mapping[str, Sequence[Said[Aspect]]],
    authorities: dict[str, Authority],
    seq: int,
    batches: dict[str, Rows],
) -> None:
    info, domain = Info(), ""
    labels: set[tuple[str, str]] = set()
    labels.update(("inferred_class", name) for name in inferred_classes(said))
    for name, every in said.items():
        values = stated(every)
        if not values or name == Lineage.NAME or name in _LINKS:
            continue
        value = merge(values, authorities).value
        if isinstance(value, Info):
            info = value
        elif isinstance(value, Membership):
            domain = value.domain
        labels.update(labels_of(value))
    batches["assets"].append(asset_row(urn, info, domain, seq))
    batches["labels"].extend({"urn": urn, "type": kind, "value": value} for kind, value in sorted(labels))


def stated(said: Iterable[Said[Aspect]]) -> list[Said[Aspect]]:
    """What sources say themselves, derived values left out: rows are the same for all who may see the asset."""
    return [one for one in said if not one.inputs]


def inferred_classes(said: Mapping[str, Sequence[Said[Aspect]]]) -> set[str]:
    """Classes that derived values give the asset or its columns. They may close it to people, never open it."""
    values = [one.value for one in said.get(Classification.NAME, ()) if one.inputs]
    return {name for value in values if isinstance(value, Classification) for _, name in value.classes}


def asset_row(urn: str, info: Info, domain: str, seq: int) -> dict[str, object]:
    """The row of one asset; what its sources leave open is read off its URN."""
    qualified = info.qualified_name or name_of(urn)
    return {
        "urn": urn,
        "kind": info.kind or kind_of(urn),
        "name": info.name or short_name(urn, qualified),
        "qualified_name": qualified,
        "platform": info.platform or platform_of(urn),
        "env": info.env or env_of(urn),
        "domain": domain,
        "parent": info.parent,
        "seq": seq,
    }


def short_name(urn: str, qualified: str) -> str:
    """What people call a thing that has no name of its own: the last part of a table's dotted name."""
    if parse(urn).entity == "dataset" and "/" not in qualified:
        return qualified.rsplit(".", 1)[-1]
    return qualified


def labels_of(value: Aspect) -> Iterator[tuple[str, str]]:
    """What lists filter by, out of a merged value: (type, value) of tags, terms, owners, classes and marks."""
    if isinstance(value, Tags):
        yield from (("tag", tag) for tag in value.tags)
    elif isinstance(value, Terms):
        yield from (("term", term) for term in value.terms)
    elif isinstance(value, Ownership):
        yield from (("owner", owner.urn) for owner in value.owners)
    elif isinstance(value, Classification):
        yield from (("class", name) for _, name in value.classes)
    else:
        yield from (("mark", mark) for mark in _marks_of(value))


def _marks_of(value: Aspect) -> Iterator[str]:
    """The state of an asset in single words: documented, certified, failing, ... What is not known gives no mark."""
    if isinstance(value, Documentation) and value.text.strip():
        yield "documented"
    elif isinstance(value, Certification):
        yield from ["certified"] if value.certified else []
        yield from [f"tier {value.tier}"] if value.tier is not None else []
    elif isinstance(value, Deprecation) and value.deprecated:
        yield "deprecated"
    elif isinstance(value, Checks):
        held = {check.status for check in value.checks}
        yield from ["failing"] if held & set(FAILED) else []
        yield from ["tested"] if held - {"never_run", "skipped"} else []
    elif isinstance(value, Incidents) and any(one.status != "resolved" for one in value.incidents):
        yield "incident"
    elif isinstance(value, Freshness) and value.status in ("pass", "warn", *FAILED):
        yield "fresh" if value.status == "pass" else "stale"
    elif isinstance(value, Usage) and value.queries is not None:
        yield "used" if value.queries else "unused"
    elif isinstance(value, ModelVersion):
        yield from [value.stage] if value.stage else []
        yield from ["approved" if value.approved else "not approved"] if value.approved is not None else []


def asset_edges(urn: str, lineage: Lineage) -> dict[tuple[str, str], str]:
    """The edges into `urn`: (upstream, how) to basis. A column edge implies one between the assets."""
    whole: dict[tuple[str, str], str] = {(up.urn, up.how): up.basis for up in reversed(lineage.upstreams)}
    named = {upstream for upstream, _ in whole}
    for edge in lineage.columns:
        if edge.source_urn not in named:
            whole.setdefault((edge.source_urn, "reads"), edge.basis)
    return {key: basis for key, basis in whole.items() if key[0] != urn}


def _edges_of(one: Said[Aspect], batches: dict[str, Rows]) -> None:
    lineage, point = one.value, one.point
    if not isinstance(lineage, Lineage):
        return
    inputs = codec.encode_inputs(one.inputs)
    shared: dict[str, object] = {
        "urn": point.urn, "source": point.source, "digest": point.digest, "inputs": inputs
    }  # fmt: skip
    batches["edges"].extend(
        shared | {"upstream": upstream, "how": how, "basis": basis}
        for (upstream, how), basis in asset_edges(point.urn, lineage).items()
    )
    columns = {(e.column, e.source_urn, e.source_column, e.how): e.basis for e in reversed(lineage.columns)}
    batches["column_edges"].extend(
        shared | {"column": column, "upstream": upstream, "upstream_column": from_, "how": how, "basis": basis}
        for (column, upstream, from_, how), basis in columns.items()
    )
