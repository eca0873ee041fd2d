"""All proposals of a run, folded into one value per asset and aspect. Owns what replaces what; reads no files.

DataHub's rule: of one aspect of one entity the newest proposal counts, a PATCH changes it, a DELETE takes it away.
Only the typed pieces are kept while reading, not the JSON.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from catalog.aspects import Aspect
from indexer.sources.datahub import common, flows, knowledge, lineage, models, people, quality, tables, usage
from indexer.sources.datahub.combine import overlay, without
from indexer.sources.datahub.identity import NAMES, why_no_asset
from indexer.sources.datahub.patch import split
from indexer.sources.datahub.piece import About, Named, Piece, Reader, Unused
from indexer.sources.datahub.proposal import TIMED, Proposal, Where

READERS: dict[str, Reader] = {
    **common.READERS,
    **tables.READERS,
    **lineage.READERS,
    **flows.READERS,
    **usage.READERS,
    **quality.READERS,
    **people.READERS,
    **knowledge.READERS,
    **models.READERS,
}
_NAVIGATION = "a place in DataHub's own navigation"
_DERIVED = "DataHub computes it from what is read here"
_UNREAD = {
    "browsePaths": _NAVIGATION,
    "browsePathsV2": _NAVIGATION,
    "incidentsSummary": _DERIVED,
    "usageFeatures": _DERIVED,
    "partitionsSummary": _DERIVED,
    "corpUserSettings": "a setting of DataHub's own pages",
    "corpUserCredentials": "a credential, never read",
    "displayProperties": "colours and icons of DataHub's own pages",
}


@dataclass
class Slot:
    """What is known of one aspect of one entity, or of one moment of it."""

    pieces: tuple[Piece, ...]
    seen: datetime | None
    where: list[Where] = field(default_factory=list)


@dataclass
class Fold:
    """The state of a run. `take` proposals in reading order, then read `slots`, `removed()` and `deleted`."""

    slots: dict[tuple[str, ...], Slot] = field(default_factory=dict)
    standing: dict[str, tuple[bool, Slot]] = field(default_factory=dict)  # (removed, who says so)
    deleted: dict[tuple[str, str], Slot] = field(default_factory=dict)

    def take(self, proposal: Proposal) -> Iterator[Unused]:
        """Add one proposal; yields what of it is not used. Raises RecordInvalid if its content is not as declared."""
        if why := why_no_asset(proposal.entity):
            yield Unused(f"entity {proposal.entity}", why)
            return
        if proposal.entity in NAMES:
            yield Unused(f"entity {proposal.entity}", "no asset; its name is shown with the assets that use it")
        if proposal.aspect == "status" or proposal.aspect.endswith("Key"):
            self._standing(proposal)
        if proposal.action == "PATCH":
            yield from self._patch(proposal)
        elif proposal.action == "DELETE":
            yield from self._delete(proposal)
        else:
            yield from self._put(proposal)

    def _standing(self, proposal: Proposal) -> None:
        """Whether the entity is there at all; the newest word on it counts."""
        gone = proposal.action == "DELETE" if proposal.aspect != "status" else bool(proposal.body.flag("removed"))
        held = self.standing.get(proposal.urn)
        if (gone or proposal.aspect == "status") and not (held and _older(proposal.seen, held[1].seen)):
            self.standing[proposal.urn] = gone, Slot((), proposal.seen, [proposal.where])

    def removed(self) -> dict[str, Slot]:
        """The entities that are gone, and the records that say so."""
        return {urn: slot for urn, (gone, slot) in self.standing.items() if gone}

    def _put(self, proposal: Proposal) -> Iterator[Unused]:
        pieces, unused = read(proposal)
        yield from unused
        key = _key(proposal)
        held = self.slots.get(key)
        gone = self.deleted.get((proposal.urn, proposal.aspect))
        if any(newer is not None and _older(proposal.seen, newer.seen) for newer in (held, gone)):
            yield Unused(f"aspect {proposal.aspect} written twice", "a newer one stands in these files")
            return
        self.deleted.pop((proposal.urn, proposal.aspect), None)
        if held is not None:
            yield Unused(f"aspect {proposal.aspect} written twice", "the later one replaces the earlier one")
        if not pieces and not unused:
            yield Unused(f"empty {proposal.aspect}", "it says nothing")
        if pieces:
            self.slots[key] = Slot(pieces, proposal.seen, [proposal.where])

    def _patch(self, proposal: Proposal) -> Iterator[Unused]:
        added, removed, unknown = split(proposal)
        for path in unknown:
            yield Unused(f"patch of {proposal.aspect}", f"the path {path} is not understood")
        more, unused = read(added)
        yield from unused
        less, _ = read(removed)
        slot = self.slots.setdefault(_key(proposal), Slot((), proposal.seen))
        slot.pieces = _patched(slot.pieces, more if added.body else (), less if removed.body else ())
        slot.seen = max(filter(None, (slot.seen, proposal.seen)), default=None)
        slot.where.append(proposal.where)

    def _delete(self, proposal: Proposal) -> Iterator[Unused]:
        held = self.slots.get(_key(proposal))
        if held is not None and _older(proposal.seen, held.seen):
            yield Unused(f"deletion of {proposal.aspect}", "a newer one stands in these files")
            return
        self.slots.pop(_key(proposal), None)
        if proposal.aspect not in READERS:
            yield unread(proposal)
        elif not proposal.aspect.endswith("Key") and proposal.aspect != "status":
            self.deleted[proposal.urn, proposal.aspect] = Slot((), proposal.seen, [proposal.where])


def read(proposal: Proposal) -> tuple[tuple[Piece, ...], list[Unused]]:
    """The pieces of one proposal and what of it is not used. Raises RecordInvalid."""
    reader = tables.column_piece if proposal.entity == "schemaField" else READERS.get(proposal.aspect)
    if reader is None:
        return (), [unread(proposal)]
    pieces: list[Piece] = []
    unused: list[Unused] = []
    for made in reader(proposal):
        if isinstance(made, Unused):
            unused.append(made)
        else:
            pieces.append(made)
    unused.extend(Unused(f"part of {proposal.aspect}", fault, error=True) for fault in proposal.body.faults)
    return tuple(pieces), unused


def unread(proposal: Proposal) -> Unused:
    """The note for an aspect that has no reader."""
    return Unused(f"aspect {proposal.aspect}", _UNREAD.get(proposal.aspect, "this connector does not understand it"))


def _key(proposal: Proposal) -> tuple[str, ...]:
    if proposal.aspect not in TIMED:
        return proposal.urn, proposal.aspect
    body = proposal.body
    moment = [body.text(name) for name in ("timestampMillis", "runId", "status", "attempt", "messageId")]
    return (
        proposal.urn,
        proposal.aspect,
        *moment,
        body.body("partitionSpec").text("partition"),
        body.body("eventGranularity").text("unit"),
    )


def _older(one: datetime | None, other: datetime | None) -> bool:
    return one is not None and other is not None and one < other


def _patched(held: tuple[Piece, ...], more: tuple[Piece, ...], less: tuple[Piece, ...]) -> tuple[Piece, ...]:
    """Pieces of one slot with items added and taken away; pieces for the same asset and aspect are joined."""
    joined: dict[tuple[str, type, int], Piece] = {}
    for piece in (*more, *held):
        key = piece.urn, type(piece.value), piece.rank
        before = joined.get(key)
        joined[key] = piece if before is None else replace(before, value=_joined(before.value, piece.value))
    for piece in less:
        key = piece.urn, type(piece.value), piece.rank
        if (there := joined.get(key)) and isinstance(there.value, Aspect) and isinstance(piece.value, Aspect):
            joined[key] = replace(there, value=without(there.value, piece.value))
    return tuple(joined.values())


def _joined(one: Aspect | About | Named, other: Aspect | About | Named) -> Aspect | About | Named:
    if isinstance(one, Aspect) and isinstance(other, Aspect):
        return overlay([one, other])
    return one
