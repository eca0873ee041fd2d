"""What a statement of a log is about: the assets and columns it reads, joins and writes. Each shape is parsed once.

Owns the parsing of statements that nobody vouches for (in a worker process, within a budget) and what of an extraction
the connector keeps. The statement's text is not kept, but as an example with its literals masked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from time import monotonic

from indexer.connectors import Classified
from indexer.enrich.known import AskedSchema, Asking, KnownTables
from indexer.enrich.pieces import WHOLE_ROWS, Piece, lasting_name, pieces_of
from indexer.enrich.sql import ScriptLineage, TableName
from indexer.enrich.sql.bounded import Extractor
from indexer.sources.sql.masking import masked

SECONDS = 2.0  # for one statement; people's take a few milliseconds
MAX_FATAL = 100  # statements that may each cost the budget; after these, what is slow is not tried any more

NOT_PARSED = "statement that could not be parsed"
NO_TABLE = "statement without tables"

_QUERY = "query"  # stands for the statement itself where a script's own URN is asked for
_SYSTEM = re.compile(
    r"(?:^|\.)(?:information_schema|pg_catalog|pg_toast|performance_schema|account_usage|sys|system|mysql)\.[^.]+$|"
    r"(?:^|\.)(?:pg|stl|stv|svl|svv|svcs|sqlite|duckdb)_\w+$"
)

Join = tuple[str, tuple[str, ...], str, tuple[str, ...]]
"""(URN, its columns, the other URN, its columns), pair by pair."""


@dataclass(frozen=True)
class Meaning:
    """`reads`: per asset the columns named. `example`: the statement as it may be shown; "" for one that is not."""

    reads: tuple[tuple[str, tuple[str, ...]], ...]
    joins: tuple[Join, ...] = ()
    writes: dict[str, Piece] = field(default_factory=dict)
    example: str = ""
    problem: str = ""
    what: str = ""  # the problem in the report's words


@dataclass
class Understanding:
    """Reads statements of one dialect for one source."""

    dialect: str
    known: KnownTables
    extractor: Extractor
    personal: Sequence[str] = ()
    classified: Classified | None = None
    fatal: int = 0
    _classes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)  # of assets that the catalog lacks: URN to dotted name

    def understand(self, text: str, asking: Asking) -> Meaning:
        """What the statement means; `problem` says why nothing of it could be used."""
        if self.fatal >= MAX_FATAL:
            why = f"after {MAX_FATAL} statements over the time budget no more were tried"
            return Meaning((), problem=why, what=NOT_PARSED)
        begun = monotonic()
        schema = AskedSchema(self.known, asking)
        script = self.extractor.extract(text, self.dialect, schema, asking.database, asking.schema)
        if monotonic() - begun > SECONDS * 0.9:
            self.fatal += 1
        return self._meaning(text, script, asking)

    def _meaning(self, text: str, script: ScriptLineage, asking: Asking) -> Meaning:
        def name(table: TableName) -> str | None:
            return self._urn(table, asking)

        columns = self.known.columns
        reads = pieces_of(script, _QUERY, True, name, columns)[_QUERY]
        writes = pieces_of(script, _QUERY, False, name, columns)
        del writes[_QUERY]
        used: dict[str, dict[str, None]] = {urn: {} for urn in reads.upstreams}
        for piece in (reads, *writes.values()):
            for edge in piece.edges.values():
                used.setdefault(edge.source_urn, {})[edge.source_column] = None
        if not used and not writes:
            statement = next((one for one in script.statements if one.problems), None)
            if statement is not None:
                return Meaning((), problem=statement.problems[0], what=NOT_PARSED)
            return Meaning((), problem="it reads and writes no table", what=NO_TABLE)
        personal = (*self.personal, *self._sensitive(used))
        parsed = all(statement.basis == "parsed" for statement in script.statements)
        return Meaning(
            tuple((urn, tuple(sorted(names))) for urn, names in sorted(used.items())),
            self._joins(script, name),
            {urn: self._shown(piece, personal) for urn, piece in writes.items() if piece.upstreams or piece.edges},
            (masked(text, self.dialect, personal) or "") if parsed else "",
        )

    def _shown(self, piece: Piece, personal: Sequence[str]) -> Piece:
        """The piece without places, whose statement is not kept, and with the literals of expressions masked."""
        for key, edge in piece.edges.items():
            text = masked(edge.expression, self.dialect, personal) or "" if edge.expression else ""
            piece.edges[key] = replace(edge, expression=text, place="")
        return piece

    def _sensitive(self, urns: Iterable[str]) -> Iterator[str]:
        """The columns of these tables that any source classes as sensitive; all columns, where a whole table is."""
        for urn in urns if self.classified is not None else ():
            if urn not in self._classes:
                self._classes[urn] = tuple(self.classified(urn)) if self.classified is not None else ()
            yield from (column or "*" for column in self._classes[urn])

    def _joins(self, script: ScriptLineage, name: object) -> tuple[Join, ...]:
        found: dict[Join, None] = {}
        for statement in script.statements:
            for key in statement.joins:
                left, right = name(key.left), name(key.right)  # type: ignore[operator]
                if left is None or right is None:
                    continue
                pairs = sorted((self._spelled(left, one), self._spelled(right, two)) for one, two in key.pairs)
                ours, theirs = tuple(one for one, _ in pairs), tuple(two for _, two in pairs)
                found[left, ours, right, theirs] = None
        return tuple(found)

    def _spelled(self, urn: str, column: str) -> str:
        return next((known for known in self.known.columns(urn) if known.lower() == column.lower()), column)

    def _urn(self, table: TableName, asking: Asking) -> str | None:
        table = lasting_name(table)
        if table.is_file or _SYSTEM.search(table.key) or table.parts[-1].startswith(("#", "@")):
            return None
        urn = self.known.urn(table, asking)
        if urn is not None and urn not in self.known.by_urn:
            self.names[urn] = str(table)
        return urn


def columns_of(reads: Sequence[tuple[str, tuple[str, ...]]]) -> tuple[tuple[str, str], ...]:
    """Every asset and every column of it that is named, as ExampleQuery.reads has them."""
    return tuple((urn, column) for urn, columns in reads for column in ("", *columns) if column != WHOLE_ROWS)
