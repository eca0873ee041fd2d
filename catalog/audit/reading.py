"""The audit as people read it: who may, which rows, and what of them is kept back. Every reading is itself a row.

A row that names an asset which its reader may not discover is shown without its payload: its place, time, kind and
hashes stay, so that the chain can be checked by anyone who may read the audit at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, select, tuple_

from catalog import tables
from catalog.access import Scope
from catalog.audit.keeping import keep
from catalog.audit.record import Event, Json, Row, read_body, texts
from catalog.audit.rows import Place, row_of, statement
from catalog.catalog import Catalog
from catalog.database import micros
from catalog.errors import AuditForbidden
from catalog.reader import chunks
from catalog.view import View

PAGE = 500
_NAMED = ("assets", "viewers")


@dataclass(frozen=True)
class Wanted:
    """Which rows are asked for. `viewer`, `asset`: URNs."""

    viewer: str = ""
    asset: str = ""
    since: datetime | None = None
    kinds: tuple[str, ...] = ()
    limit: int | None = None

    def to_json(self) -> dict[str, Json]:
        """As the row of this reading tells it."""
        held: dict[str, Json] = {"viewer": self.viewer, "asset": self.asset, "kinds": list(self.kinds)}
        return {key: value for key, value in held.items() if value}


@dataclass(frozen=True)
class Shown:
    """A row as one reader sees it. `withheld`: its payload names what the reader may not discover, and is left out."""

    row: Row
    withheld: bool = False

    @property
    def erased(self) -> bool:
        """Whether its payload was emptied on request."""
        return self.row.payload is None and not self.withheld


def check_reader(catalog: Catalog, viewers: Sequence[str]) -> None:
    """Let those pass whom the workspace lets read its audit. Raises AuditForbidden."""
    allowed = set(catalog.audit.settings.readers)
    for urn in viewers:
        if not catalog.viewer(urn).names() & allowed:
            raise AuditForbidden(
                "You may not read the audit. The workspace's owner can add you, or a role of yours, to readers under "
                "[audit] in docent.toml."
            )


def read_audit(catalog: Catalog, viewers: Sequence[str], wanted: Wanted) -> list[Shown]:
    """Rows, newest first, as the viewers together may see them. Raises AuditForbidden."""
    check_reader(catalog, viewers)
    note_reading(catalog, viewers, "list", wanted.to_json())
    view = catalog.view(catalog.scope(*viewers))
    shown: list[Shown] = []
    with catalog.database.reading() as connection:
        for page in _pages(connection, _newest(wanted), wanted.limit):
            shown += keep_back(connection, view, page)
    if wanted.asset:  # of an asset that is hidden, as of one that does not exist, nobody saw anything
        shown = [one for one in shown if not one.withheld]
    return shown


def note_reading(catalog: Catalog, viewers: Sequence[str], how: str, detail: dict[str, Json]) -> None:
    """Add the row that says who reads the audit. Raises AuditUnwritable where it is required."""
    event = Event("audit_read", tuple(viewers), detail={"how": how} | detail)
    keep(catalog.database, catalog.audit, event)


def _newest(wanted: Wanted) -> Select[Any]:
    a, i = tables.audit.c, tables.audit_index.c
    query = statement()
    for role, value in (("viewer", wanted.viewer), ("asset", wanted.asset)):
        if value:
            places = select(i.writer, i.n).where(i.role == role, i.value == value)
            query = query.where(tuple_(a.writer, a.n).in_(places))
    if wanted.since is not None:
        query = query.where(a.at >= micros(wanted.since))
    if wanted.kinds:
        query = query.where(a.kind.in_(wanted.kinds))
    query = query.order_by(a.at.desc(), a.writer, a.n.desc())
    return query.limit(wanted.limit) if wanted.limit is not None else query


def _pages(connection: Connection, query: Select[Any], limit: int | None) -> Iterator[list[Row]]:
    found = connection.execute(query)
    while page := found.fetchmany(PAGE):
        yield [row_of(one) for one in page]


def keep_back(connection: Connection, view: View, page: Iterable[Row]) -> list[Shown]:
    """The rows, less the payloads that name what the view's scope may not discover."""
    held = list(page)
    named = {row.place: _named(row) for row in held}
    hidden = _hidden(connection, view, {urn for urns in named.values() for urn in urns})
    return [
        Shown(replace(row, salt=None, payload=None), withheld=True) if named[row.place] & hidden else Shown(row)
        for row in held
    ]


def _named(row: Row) -> set[str]:
    """Every asset and person that a payload shows was there. What people only typed in says nothing of the kind."""
    body = read_body(row.payload)
    found = {urn for key in _NAMED for urn in texts(body.get(key))}
    refs = texts(body.get("evidence"))
    return found | {ref.rpartition("#")[0] for ref in refs if "#" in ref}


def _hidden(connection: Connection, view: View, urns: set[str]) -> set[str]:
    """Which of `urns` some source ever spoke of and the scope may not discover now."""
    if view.scope.sees_all or not urns:
        return set()
    unseen = sorted(urns - view.rows(urns).keys())
    h = tables.history.c
    known: set[str] = set()
    for some in chunks(unseen):
        known |= set(connection.execute(select(h.urn).where(h.urn.in_(some)).distinct()).scalars())
    return known


def may_see(catalog: Catalog, scope: Scope, row: Row) -> bool:
    """Whether a scope may see the payload of a row."""
    view = catalog.view(scope)
    with catalog.database.reading() as connection:
        return not keep_back(connection, view, [row])[0].withheld


def find_row(connection: Connection, answer_id: str) -> Row | None:
    """The row of an answer; None when there is none or its payload was erased."""
    i = tables.audit_index.c
    places = select(i.writer, i.n).where(i.role == "answer", i.value == answer_id)
    found = connection.execute(statement().where(tuple_(tables.audit.c.writer, tables.audit.c.n).in_(places))).first()
    return row_of(found) if found else None


def places_of(shown: Iterable[Shown]) -> frozenset[Place]:
    """Where the rows stand whose payload was kept back."""
    return frozenset(one.row.place for one in shown if one.withheld)
