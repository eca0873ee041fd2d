"""The folded state as Changes: names put in for URNs, satellites moved to their assets, removals. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from catalog.ai_aspects import TrainingRun
from catalog.aspects import (
    Aspect,
    Check,
    Checks,
    Contract,
    Freshness,
    Incidents,
    Info,
    Lineage,
    Ownership,
    Queries,
    Runs,
    Schema,
    Upstream,
)
from catalog.change import Removed
from catalog.urn import parse
from indexer.sources.datahub.combine import combine, newest_run, orphans, run_of
from indexer.sources.datahub.fold import Fold
from indexer.sources.datahub.identity import NAMES, SATELLITES, identified
from indexer.sources.datahub.piece import EDITED, About, Named, Piece, Unused
from indexer.sources.datahub.proposal import Where

_MOVING = (Checks, Queries, Incidents, Contract, Runs, Lineage, Freshness)
_SERIES = "profile"
# Our aspect behind a DataHub aspect that alone feeds it: what a DELETE without anything else takes away.
_ALONE = {
    "ownership": "ownership",
    "globalTags": "tags",
    "glossaryTerms": "terms",
    "domains": "membership",
    "institutionalMemory": "links",
    "deprecation": "deprecation",
    "siblings": "siblings",
    "schemaMetadata": "schema",
    "viewProperties": "logic",
    "upstreamLineage": "lineage",
    "datasetProfile": "profile",
}


@dataclass(frozen=True)
class Value:
    """What is to be said of one aspect of `urn`. `seen` None: nothing in the records says when.

    `past`: one moment of a series, and a newer one of it is there too.
    """

    urn: str
    value: Aspect | Removed
    seen: datetime | None
    where: tuple[Where, ...]
    past: bool = False


@dataclass(frozen=True)
class Dropped:
    """Records whose content came to nothing."""

    unused: Unused
    where: tuple[Where, ...]


@dataclass(frozen=True)
class _Part:
    """A piece with where it came from."""

    piece: Piece
    seen: datetime | None
    where: tuple[Where, ...]


def values(fold: Fold) -> Iterator[Value | Dropped]:
    """Everything the folded files say, asset by asset in the order in which they were met."""
    parts, names = _gather(fold)
    moved = _Satellites(parts, set(fold.removed()))
    made = [*_gone(fold), *moved.resolve()]
    yield from made
    used = {place for one in made for place in one.where}
    empty: list[Dropped] = []
    for urn, held in parts.items():
        by_aspect: dict[tuple[str, datetime | None], list[_Part]] = defaultdict(list)
        for part in held:
            if isinstance(part.piece.value, Aspect):
                name = part.piece.value.NAME
                by_aspect[name, part.piece.at if name == _SERIES else None].append(part)
        newest = max((at for _, at in by_aspect if at), default=None)
        for (_, at), same in sorted(by_aspect.items(), key=lambda item: (item[0][0], item[0][1] or _EPOCH)):
            for one in _value(urn, same, names, moved.instead):
                if isinstance(one, Dropped):
                    empty.append(one)
                else:
                    used.update(one.where)
                    yield replace(one, past=at != newest and at is not None)
        yield from _orphans(urn, held)
    for one in empty:
        yield replace(one, where=tuple(place for place in one.where if place not in used))


_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def _gather(fold: Fold) -> tuple[dict[str, list[_Part]], dict[str, str]]:
    """Pieces by the asset they speak of, without what removed entities said; and names to show for URNs."""
    parts: dict[str, list[_Part]] = {}
    names: dict[str, str] = {}
    removed = fold.removed()
    for (entity, *_), slot in fold.slots.items():
        for piece in slot.pieces:
            if isinstance(piece.value, Named):
                names[entity] = piece.value.name
            elif entity not in removed and piece.urn not in removed and parse(piece.urn).entity not in NAMES:
                parts.setdefault(piece.urn, []).append(_Part(piece, slot.seen, tuple(slot.where)))
    return parts, names


def _gone(fold: Fold) -> Iterator[Value | Dropped]:
    removed = fold.removed()
    for urn, slot in removed.items():
        if parse(urn).entity not in (*SATELLITES, *NAMES):
            yield Value(urn, Removed("*"), slot.seen, tuple(slot.where))
    for (urn, aspect, *_), slot in fold.slots.items():
        if urn in removed and aspect != "status":
            yield Dropped(Unused("aspect of a removed entity", "its status says that it is removed"), tuple(slot.where))
    for (urn, aspect), slot in fold.deleted.items():
        if aspect in _ALONE and urn not in removed:
            yield Value(urn, Removed(_ALONE[aspect]), slot.seen, tuple(slot.where))


class _Satellites:
    """Moves what assertions, queries, incidents, contracts and runs say to the assets it is about.

    `instead`: the asset that stands for a run in lineage; "" when none does.
    """

    def __init__(self, parts: dict[str, list[_Part]], removed: set[str]) -> None:
        self._parts, self._removed = parts, removed
        self.instead: dict[str, str] = {}

    def resolve(self) -> Iterator[Dropped]:
        for urn in [urn for urn in self._parts if parse(urn).entity in SATELLITES]:
            held = self._parts[urn]
            if any(isinstance(part.piece.value, TrainingRun) for part in held):
                self._parts[urn] = [*_without_runs(held), *_run_of_training(held)]
                continue
            del self._parts[urn]
            about = [part.piece.value for part in held if isinstance(part.piece.value, About)]
            targets = [target for one in about for target in one.urns if target not in self._removed]
            self.instead[urn] = targets[0] if targets else ""
            yield from self._move(urn, held, list(dict.fromkeys(targets)))

    def _move(self, urn: str, held: list[_Part], targets: list[str]) -> Iterator[Dropped]:
        entity = parse(urn).entity
        where = tuple(dict.fromkeys(place for part in held for place in part.where))
        moving = [part for part in held if isinstance(part.piece.value, _MOVING)]
        if not targets or not moving:
            why = (
                "nothing that is there and that these files name is what it is about"
                if not targets
                else "nothing but its name is known"
            )
            yield Dropped(Unused(f"entity {entity}", why), where)
            return
        by_type: dict[type, list[_Part]] = defaultdict(list)
        for part in moving:
            by_type[type(part.piece.value)].append(part)
        made = {kind: combine([part.piece for part in same]) for kind, same in by_type.items()}
        _judge_freshness(made)
        seen = max((part.seen for part in moving if part.seen), default=None)
        for value in made.values():
            for target in targets:
                self._parts.setdefault(target, []).append(_Part(Piece(target, value), seen, where))


def _judge_freshness(made: dict[type, Aspect]) -> None:
    """The result of a freshness assertion is the verdict on the expectation it holds."""
    expected, judged = made.get(Freshness), made.get(Checks)
    if isinstance(expected, Freshness) and isinstance(judged, Checks) and judged.checks:
        check = judged.checks[0]
        made[Freshness] = replace(expected, status=check.status, checked_at=check.at)


def _without_runs(held: list[_Part]) -> list[_Part]:
    return [part for part in held if not isinstance(part.piece.value, Runs)]


def _run_of_training(held: list[_Part]) -> Iterator[_Part]:
    """Status and times of a training run, out of its run events."""
    runs = [part for part in held if isinstance(part.piece.value, Runs)]
    if runs:
        run = run_of([part.piece for part in runs])
        value = TrainingRun(run.status, run.started_at, run.ended_at)
        where = tuple(place for part in runs for place in part.where)
        yield _Part(Piece(runs[0].piece.urn, value), max((p.seen for p in runs if p.seen), default=None), where)


def _value(
    urn: str, parts: Sequence[_Part], names: dict[str, str], instead: dict[str, str]
) -> Iterator[Value | Dropped]:
    pieces = [part.piece for part in parts]
    where = tuple(dict.fromkeys(place for part in parts for place in part.where))
    first = pieces[0].value
    if isinstance(first, Runs) and parse(urn).entity not in SATELLITES:
        value: Aspect = newest_run([piece.value for piece in pieces if isinstance(piece.value, Runs)])
    else:
        value = combine(pieces)
    value = _finished(urn, value, names, instead)
    if value == type(value)() and not isinstance(value, Info):
        yield Dropped(Unused(f"empty {value.NAME}", "it says nothing"), where)
        return
    yield Value(urn, value, max((part.seen for part in parts if part.seen), default=None), where)


def _orphans(urn: str, held: Sequence[_Part]) -> Iterator[Dropped]:
    """The edits of columns that the schema does not have, each at the record of the edit."""
    schemas = [part for part in held if isinstance(part.piece.value, Schema)]
    gone = set(orphans([part.piece for part in schemas]))
    for part in schemas:
        if isinstance(part.piece.value, Schema) and part.piece.rank >= EDITED:
            for column in part.piece.value.columns:
                if column.name in gone:
                    why = f"the schema of {urn} has no column '{column.name}'"
                    yield Dropped(Unused("edit of a column", why), part.where)


def _finished(urn: str, value: Aspect, names: dict[str, str], instead: dict[str, str]) -> Aspect:
    """The value with names in place of the URNs of ownership types, properties and tests."""
    if isinstance(value, Info):
        said = replace(value, properties=tuple(sorted((_label(key, names), text) for key, text in value.properties)))
        return identified(urn, said)
    if isinstance(value, Ownership):
        return Ownership(tuple(replace(one, role=_role(one.role, names)) for one in value.owners))
    if isinstance(value, Checks):
        return Checks(tuple(_named_check(check, names) for check in value.checks))
    if isinstance(value, Lineage):
        return _redirected(urn, value, instead)
    return value


def _label(key: str, names: dict[str, str]) -> str:
    return names.get(key) or key.removeprefix("urn:li:structuredProperty:")


def _role(role: str, names: dict[str, str]) -> str:
    if not role.startswith("urn:"):
        return role
    return names.get(role, "owner")  # the URN of a type of their own is often a bare identifier: no word for people


def _named_check(check: Check, names: dict[str, str]) -> Check:
    return replace(check, name=names.get(check.urn, check.name))


def _redirected(urn: str, value: Lineage, instead: dict[str, str]) -> Lineage:
    """Lineage through a run goes through what was run; an asset that a run of itself built has no edge to itself."""
    upstreams: dict[tuple[str, str], Upstream] = {}
    for upstream in value.upstreams:
        target = instead.get(upstream.urn, upstream.urn)
        if target and target != urn:
            upstreams.setdefault((target, upstream.how), replace(upstream, urn=target))
    told = {one.urn for one in upstreams.values() if one.how != "reads"}  # that a run read it too says no more
    kept = tuple(one for one in upstreams.values() if one.how != "reads" or one.urn not in told)
    return replace(value, upstreams=kept)
