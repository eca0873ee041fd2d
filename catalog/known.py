"""What the catalog knew at an earlier moment: the view by recorded time, on which replaying an answer rests.

`as_of` asks how things were observed to be at a time; this asks what had been written down by then, whenever it was
observed. Only assets of which something was learnt since are computed from their points; the rest reads as now.
Whom sources believe (their ranks) and what was erased are as they are now.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from catalog import codec, projection, tables
from catalog.aspects import Lineage
from catalog.history import live
from catalog.identity import lookup
from catalog.kinds import kind_of
from catalog.merge import Authority, Said
from catalog.past import merged_row
from catalog.projection import joined
from catalog.reader import AssetRow, SaidOf, read_contents, read_inputs, read_points, read_rows

EdgeRow = tuple[Any, ...]  # upstream, urn, how, basis, source, digest, inputs


@dataclass(frozen=True)
class Known:
    """Changes numbered up to `version`, and sightings recorded up to `at` (microseconds)."""

    version: int
    at: int


class Then:
    """Corrects what is read now, for one moment of knowledge and perhaps one of observation (`as_of`)."""

    def __init__(self, connection: Connection, known: Known, as_of: int | None = None) -> None:
        self.known = known
        self.as_of = as_of
        h, s = tables.history.c, tables.sightings.c
        learnt = select(h.urn).where(h.seq > known.version).distinct()
        seen = select(s.urn).where(s.recorded_at > known.at).distinct()
        self._stated = {urn for query in (learnt, seen) for urn in connection.execute(query).scalars()}
        self.loose = set(lookup.canonicals(connection, self._stated).values())  # the assets of these URNs

    def said(self, connection: Connection, urns: Sequence[str], found: SaidOf, names: Iterable[str] | None) -> SaidOf:
        """What was said of `urns`, in place of what is said now."""
        loose = [urn for urn in urns if urn in self.loose]
        kept = {urn: held for urn, held in found.items() if urn not in self.loose}
        return kept | self._said(connection, loose, names)

    def _said(self, connection: Connection, urns: Sequence[str], names: Iterable[str] | None = None) -> SaidOf:
        wanted = set(names) if names is not None else None
        groups = lookup.members(connection, urns)
        every = sorted({urn for held in groups.values() for urn in held})
        raw: SaidOf = {urn: {} for urn in every}
        points = live(read_points(connection, every, self.as_of, self.known.version, self.known.at))
        digests = sorted({point.digest for point in points})
        texts, inputs = read_contents(connection, digests), read_inputs(connection, digests)
        for point in points:
            text = texts.get(point.digest)
            if text is not None and (wanted is None or point.aspect in wanted):
                made_from = codec.decode_inputs(inputs.get(point.digest, ""))
                said = Said(codec.decode(point.aspect, text), point, made_from)
                raw[point.urn].setdefault(point.aspect, []).append(said)
        return {home: joined([raw[urn] for urn in held if raw[urn]]) for home, held in groups.items()}

    def rows(
        self,
        connection: Connection,
        urns: Sequence[str] | None,
        found: Sequence[AssetRow],
        authorities: dict[str, Authority],
    ) -> list[AssetRow]:
        """The rows of `urns` (of all assets when None), in place of those found now; by URN."""
        wanted = sorted(self.loose if urns is None else self.loose.intersection(urns))
        kept = [row for row in found if row.urn not in self.loose]
        said = self._said(connection, wanted)
        made = [merged_row(urn, held, authorities) for urn, held in said.items() if held]
        return sorted([*kept, *made], key=lambda row: row.urn)

    def edges(self, connection: Connection, found: Iterable[EdgeRow]) -> list[EdgeRow]:
        """The asset-level edges, in place of those found now, in the same order."""
        kept = [edge for edge in found if edge[1] not in self._stated]
        said = self._said(connection, sorted(self.loose), (Lineage.NAME,))
        kept += [
            (upstream, one.point.urn, how, basis, one.point.source, one.point.digest, one.inputs)
            for held in said.values()
            for one in held.get(Lineage.NAME, ())
            if isinstance(one.value, Lineage) and one.point.urn in self._stated
            for (upstream, how), basis in projection.asset_edges(one.point.urn, one.value).items()
        ]
        return sorted(kept, key=lambda edge: (edge[1], edge[0], edge[2], edge[4]))


def said_of_kind(connection: Connection, kind: str, name: str, then: Then | None) -> SaidOf:
    """One aspect of all assets of a kind, now, or then: of those too that may have been of it."""
    found = {row.urn for row in read_rows(connection, kind=kind)}
    urns = sorted(found | ({urn for urn in then.loose if kind_of(urn) == kind} if then else set()))
    said = lookup.said_of(connection, urns, names=(name,))
    return then.said(connection, urns, said, (name,)) if then else said
