"""Column lineage for every asset whose SQL the catalog has: views, dbt models, tasks, scripts. An enricher.

Owns what is worked through again: only assets whose SQL changed, or for which a name in it now means another asset or
one with other columns. SQL is read in a worker process within a budget of time; what does not fit is left at table
level and counted. Reads the catalog unfiltered; writes by yielding changes, and its own notes (catalog/enriched.py).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import timedelta

from catalog.aspects import Lineage
from catalog.catalog import Catalog
from catalog.change import Change, Origin, Record, Removed, Skipped
from catalog.enriched import Done, read_done, write_done
from catalog.errors import SourceUnreadable
from indexer.enrich.known import AskedSchema, Asking, KnownTables, context_of, read_known
from indexer.enrich.logics import Statement, held_by, is_table, read_inputs, read_statements
from indexer.enrich.order import in_order
from indexer.enrich.pieces import Piece, pieces_of, shortfalls
from indexer.enrich.sql import TableName
from indexer.enrich.sql.bounded import Extractor, WorkerNotStarted

NAME = "lineage"


class LineageEnricher:
    """One pass over a catalog. Apply `records` to the end, then call `finish`. `unchanged` counts what was left."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._known: KnownTables = read_known(catalog)
        self._inputs = read_inputs(catalog, NAME)
        self._done = read_done(catalog.database, NAME)
        self._stored = held_by(catalog, NAME)
        self._noted: dict[str, Done] = {}
        self._found: dict[str, dict[str, Piece]] = {}  # by script, what it gives to the tables it writes
        self._origins: dict[str, Origin] = {}
        self._writers: dict[str, set[str]] = defaultdict(set)
        self.unchanged = 0

    def records(self) -> Iterator[Record]:
        """The lineage that is new or different, and what could not be followed. Raises SourceUnreadable when no worker
        process can be had.
        """
        self._recall()
        ordered = in_order(self._catalog, self._inputs)
        made = [urn for urn in ordered if is_table(urn)]
        scripts = [urn for urn in ordered if not is_table(urn)]
        try:
            with Extractor() as extractor:
                for urn in (*made, *scripts):
                    yield from self._one(urn, extractor)
                yield from self._written(extractor)
        except WorkerNotStarted as error:
            raise SourceUnreadable(f"Column lineage could not be made: {error}") from error
        yield from self._gone()

    def finish(self) -> None:
        """Note what was done, once it is stored."""
        gone = self._done.keys() - self._inputs.keys() - {""}
        write_done(self._catalog.database, NAME, list(self._noted.values()), gone)

    def _recall(self) -> None:
        """Take up what earlier passes found out: columns that SQL makes, and which script writes what."""
        for urn, done in self._done.items():
            notes = json.loads(done.notes)
            if urn in self._inputs and notes.get("columns"):
                self._known.derived[urn] = tuple(notes["columns"])
            for target in notes.get("writes", ()):
                self._writers[target].add(urn)

    def _one(self, urn: str, extractor: Extractor) -> Iterator[Record]:
        """An asset's own lineage, if there is news; what its script gives to others is kept for later."""
        if self._is_current(urn):
            self.unchanged += 1
            return
        statement = self._statement(urn)
        if statement is None:  # no SQL, or none any more
            self._note(urn, Asking(""), (), ())
            yield from self._changes(urn, Piece(), Origin(NAME))
            return
        pieces, skipped = self._extracted(statement, extractor)
        yield from skipped
        own = pieces.pop(urn)
        if pieces:
            self._found[urn] = pieces
        yield from self._changes(urn, own, statement.origin(NAME, self._catalog.clock()))

    def _is_current(self, urn: str) -> bool:
        done = self._done.get(urn)
        if done is None or done.inputs != self._inputs[urn]:
            return False
        notes = json.loads(done.notes)
        told = notes["asking"]
        asking = Asking(**{**told, "instance": tuple(told["instance"]), "declared": tuple(told["declared"])})
        return done.context == context_of(self._known, asking, map(tuple, notes["asked"]))

    def _statement(self, urn: str) -> Statement | None:
        return next(read_statements(self._catalog, self._known, [urn]), None)

    def _extracted(self, statement: Statement, extractor: Extractor) -> tuple[dict[str, Piece], list[Skipped]]:
        known, asking, urn = self._known, statement.asking, statement.urn
        schema = AskedSchema(known, asking)
        script = extractor.extract(statement.text, statement.dialect, schema, asking.database, asking.schema)

        def name(table: TableName) -> str | None:
            return known.urn(table, asking) if statement.names_new else known.find(table, asking)

        pieces = pieces_of(script, urn, is_table(urn), name, known.columns)
        own = pieces[urn]
        known.derived.pop(urn, None)
        if is_table(urn) and own.complete and own.columns:
            known.derived[urn] = tuple(own.columns)
        self._note(urn, asking, schema.asked, pieces.keys() - {urn})
        skipped = [Skipped(what, why, statement.locator, urn) for what, why in shortfalls(script)]
        return pieces, skipped

    def _note(self, urn: str, asking: Asking, asked: Iterable[tuple[str, ...]], writes: Iterable[str]) -> None:
        """Keep what was read, so that it is read again only when that differs."""
        names = sorted(asked)
        notes = {
            "asking": asdict(asking),
            "asked": names,
            "columns": self._known.derived.get(urn, ()),
            "writes": sorted(writes),
        }
        context = context_of(self._known, asking, names)
        self._noted[urn] = Done(urn, self._inputs[urn], context, json.dumps(notes))

    def _written(self, extractor: Extractor) -> Iterator[Record]:
        """The lineage of tables that scripts write: of all scripts that write them, if any of these changed."""
        before = {
            target
            for urn in (*self._noted, *(self._done.keys() - self._inputs.keys()))
            if urn in self._done
            for target in json.loads(self._done[urn].notes).get("writes", ())
        }
        targets = before | {target for pieces in self._found.values() for target in pieces}
        targets |= {urn for urn in self._noted if self._writers.get(urn, set()) & self._inputs.keys()}
        later = self._catalog.clock() + timedelta(microseconds=1)  # after what its own SQL gave in this same pass
        for target in sorted(targets):
            whole, origin = self._united(target, extractor)
            place = origin or Origin(NAME)
            yield from self._changes(target, whole, Origin(NAME, place.locator, place.pointer, later))

    def _united(self, target: str, extractor: Extractor) -> tuple[Piece, Origin | None]:
        """What all SQL together gives to a table."""
        whole, origin = Piece(), None
        writers = self._writers.get(target, set()) | {urn for urn, pieces in self._found.items() if target in pieces}
        for urn in sorted({*writers, target} & self._inputs.keys()):
            statement = self._statement(urn)
            if statement is None:
                continue
            if urn not in self._found:
                self._found[urn] = self._extracted(statement, extractor)[0]
            piece = self._found[urn].get(target)
            if piece is not None:
                whole.add(piece)
                origin = origin or statement.origin(NAME, None)
        return whole, origin

    def _gone(self) -> Iterator[Record]:
        """Assets that have no SQL any more, and that no script writes."""
        written = {target for pieces in self._found.values() for target in pieces}
        for urn in sorted(self._done.keys() - self._inputs.keys() - {""} - written):
            yield from self._changes(urn, Piece(), Origin(NAME))

    def _changes(self, urn: str, piece: Piece, origin: Origin) -> Iterator[Change]:
        """The lineage of an asset as it is now; its removal where there was some."""
        value = piece.lineage(urn)
        if value is not None:
            self._stored.add(urn)
            yield Change(urn, value, origin)
        elif urn in self._stored:
            self._stored.discard(urn)
            yield Change(urn, Removed(Lineage.NAME), origin)


def open_enricher(catalog: Catalog) -> LineageEnricher:
    """The registry's way in."""
    return LineageEnricher(catalog)
