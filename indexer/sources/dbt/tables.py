"""What dbt says of one table or view, as aspects. Pure functions from records to Changes.

Lineage, checks, freshness and runs are in flow.py and checks.py; this is what the table is, means, and counts as.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from catalog.aspects import (
    Aspect,
    Classification,
    Contract,
    Deprecation,
    Documentation,
    Info,
    Logic,
    Membership,
    Owner,
    Ownership,
    Pairs,
    Profile,
    Tags,
    Terms,
)
from catalog.change import Origin
from indexer.sources.dbt import meta as said
from indexer.sources.dbt import people
from indexer.sources.dbt.names import Names
from indexer.sources.dbt.people import Register
from indexer.sources.dbt.records import Head, Relation, Table

_VIEWS = ("view", "materialized_view", "materialized view", "ephemeral")
_NO_SUBTYPE = ("", "seed", "snapshot")


def info(relation: Relation, table: Table | None, names: Names) -> Info:
    """What it is. The warehouse knows best whether it is a view; without it, the materialisation tells."""
    shape = table.type if table and table.type else relation.materialized
    name = relation.identifier
    qualified = names.qualified(relation)
    return Info(
        kind="view" if shape in _VIEWS or shape.endswith("view") else "table",
        name=name,
        platform=names.platform,
        qualified_name=qualified,
        env=names.env,
        subtype=_subtype(relation),
        properties=facts(
            relation.head,
            dbt_name="" if relation.head.name == name else relation.head.name,
            access=relation.access,
            loader=relation.loader,
            dbt_source=relation.source,
        ),
    )


def _subtype(relation: Relation) -> str:
    kind = relation.head.type
    if kind != "model":
        return f"dbt {kind}"
    return " ".join(filter(None, ("dbt", relation.materialized.replace("_", " "), "model")))


def facts(head: Head, **more: str) -> Pairs:
    """Properties: where dbt keeps the thing, then the free keys of `meta`."""
    own = {"dbt_id": ", ".join(head.ids), "dbt_file": head.path, **more}
    free = tuple(pair for pair in said.properties(head.meta) if pair[0] not in own)
    return tuple((key, value) for key, value in own.items() if value) + free


def words(head: Head, register: Register, origin: Origin, owners: tuple[Owner, ...] = ()) -> Iterator[Aspect]:
    """What people say of any dbt resource: description, owners, tags, terms, domain, classes, standing."""
    if head.description:
        yield Documentation(head.description)
    every = [*owners, *register.of_group.get(head.group, ())]
    for one, role in people.in_meta(head.meta):
        every.append(Owner(register.meet(one, origin), role))
    if every:
        yield Ownership(tuple(dict.fromkeys(every)))
    if head.tags:
        yield Tags(head.tags)
    if said.terms(head.meta):
        yield Terms(said.terms(head.meta))
    if said.domain(head.meta):
        yield Membership(said.domain(head.meta))
    standing = said.certification(head.meta, head.tags)
    if standing:
        yield standing


def whole_classes(head: Head) -> Classification | None:
    """The sensitive classes that people gave something that has no columns."""
    found = said.classes(head.meta, head.tags)
    return Classification(tuple(("", one) for one in found)) if found else None


def classification(relation: Relation) -> Classification | None:
    """The sensitive classes that people gave the table and its columns."""
    whole = [("", one) for one in said.classes(relation.head.meta, relation.head.tags)]
    each = [(column.name, one) for column in relation.columns for one in said.classes(column.meta, column.tags)]
    return Classification((*whole, *each)) if whole or each else None


def contract(relation: Relation, names: Names) -> Contract | None:
    """Whether dbt enforces the columns, and which version of the model this is."""
    if not (relation.contract or relation.version):
        return None
    latest = ""
    if relation.latest:
        family = ".".join(relation.head.id.split(".")[:3])
        latest = names.urns.get(f"{family}.v{relation.latest}", "")
    return Contract(enforced=relation.contract, version=relation.version, latest=latest)


def deprecation(head: Head, on: datetime | None, names: Names, today: datetime | None) -> Deprecation | None:
    """Whether to stop using it. A date to come, seen from when the manifest was written, is announced, not in force."""
    used = said.deprecated(head.meta, head.tags)
    wanted = said.replacement(head.meta)
    if not (used or on or wanted):
        return None
    past = on is not None and (today is None or on <= today)
    urn = replaced_by(wanted, head, names)
    notes = [said.deprecation_note(head.meta)]
    if on and not past:
        notes.append(f"Deprecation is announced for {on:%Y-%m-%d}.")
    if wanted and not urn:
        notes.append(f"Use {wanted} instead.")
    now = used or past or (bool(wanted) and on is None)
    return Deprecation(now, " ".join(filter(None, notes)), urn, on if past or not now else None)


def replaced_by(wanted: str, head: Head, names: Names) -> str:
    """The URN of what `meta` says to use instead: a URN, a unique id, a name, or a qualified name."""
    if wanted.startswith("urn:li:") or not wanted:
        return wanted
    low = wanted.casefold()
    urns = {
        names.urns[unique_id]
        for unique_id, one in names.relations.items()
        if low in _called(unique_id, one, names) and unique_id not in head.ids
    }
    return urns.pop() if len(urns) == 1 else ""


def _called(unique_id: str, relation: Relation, names: Names) -> tuple[str, ...]:
    """All that people call a relation by: fct_loans, fct_loans.v2, fct_loans_v2, model.shop.fct_loans.v2, ..."""
    said_as = (
        unique_id,
        ".".join(unique_id.split(".")[2:]),
        relation.head.name,
        relation.identifier,
        names.qualified(relation),
    )
    return tuple(one.casefold() for one in said_as)


def logic(relation: Relation, adapter: str) -> Logic | None:
    """The statement that makes it."""
    if not relation.code:
        return None
    dialect = adapter if relation.language == "sql" else ""
    return Logic(relation.code, relation.language, dialect, relation.compiled)


def profile(table: Table | None, at: datetime | None) -> Profile | None:
    """Rows and bytes, where the warehouse's own statistics reached catalog.json."""
    if table is None or (table.rows is None and table.bytes is None):
        return None
    return Profile(rows=table.rows, bytes=table.bytes, measured_at=at)
