"""Entries with their place in the catalog: kind, URN, platform, what they belong to; and their references, resolved.

Pure. An entry with nested entries (a dashboard with charts) gives several placed ones.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from catalog.urn import PREFIX, parse
from indexer.sources.files.ai_entries import NESTED, SECTIONS, AnyEntry, CustomEntry
from indexer.sources.files.entries import DataAsset, Named, Ref, TableEntry, keys_of
from indexer.sources.files.parsing import Mistake
from indexer.sources.files.references import OWN_PLATFORM, Names, ReferenceInvalid, Target, urn_of

# The section for each kind that has one; a column belongs to its table.
_SECTION_OF = {kind: section for section, (kind, _) in SECTIONS.items() if kind}
_SECTION_OF |= {NESTED[record][1]: section for section, (_, record) in SECTIONS.items() if record in NESTED}
_SECTION_OF |= dict.fromkeys(("view", "topic", "column"), "tables")


@dataclass(frozen=True, slots=True)
class Placed:
    """An entry and where it belongs.

    `name`: how references call it. `title`: what people call it. `parent`: URN of the entry it stands in, or "".
    `inner`: URNs of those in it.
    """

    entry: AnyEntry
    kind: str
    urn: str
    name: str
    title: str
    platform: str
    env: str
    parent: str = ""
    inner: tuple[str, ...] = ()


def placed(entry: AnyEntry, kind: str, platform: str, names: Names) -> tuple[Placed, ...]:
    """`entry`, then the entries in it. Raises ReferenceInvalid or UrnInvalid if an id gives no URN."""
    platform = (entry.platform if isinstance(entry, DataAsset) else "") or platform or OWN_PLATFORM
    if isinstance(entry, CustomEntry):
        kind = entry.kind
        if kind in _SECTION_OF:
            raise ReferenceInvalid(f"'{kind}' is a kind that Docent knows. Write it under '{_SECTION_OF[kind]}'.")
    if isinstance(entry, TableEntry):
        urn = names.resolve(Ref(entry.id, entry.line), "table").asset
    else:
        urn = urn_of(kind, entry.id, platform, names.env)
    outer = Placed(entry, kind, urn, entry.id, _title(entry), platform, names.env)
    key, inner_kind = NESTED.get(type(entry), ("", ""))
    inner = tuple(_inner(item, inner_kind, outer) for item in getattr(entry, key)) if key else ()
    for item in (outer, *inner):
        parse(item.urn)
    return replace(outer, inner=tuple(item.urn for item in inner)), *inner


def _inner(entry: DataAsset, kind: str, outer: Placed) -> Placed:
    name = entry.id if kind == "chart" else f"{outer.name}.{entry.id}"
    title = f"{outer.title} version {entry.id}" if kind == "model_version" and not entry.name else _title(entry)
    platform = entry.platform or outer.platform
    parent = outer.name if kind == "feature" else outer.urn
    urn = urn_of(kind, name if kind == "model_version" else entry.id, platform, outer.env, parent)
    return Placed(entry, kind, urn, name, title, platform, outer.env, outer.urn)


def _title(entry: AnyEntry) -> str:
    return entry.name or entry.id if isinstance(entry, Named) else entry.id


@dataclass(slots=True)
class References:
    """The references of one entry. Those that mean nothing are noted as mistakes and left out."""

    names: Names
    line: int
    mistakes: list[Mistake] = field(default_factory=list)

    def targets(self, holder: object, key: str) -> tuple[Target, ...]:
        """What the references under `key` of a record mean; a bare id is what the format says of that key."""
        held = getattr(holder, key)
        refs: tuple[Ref, ...] = held if isinstance(held, tuple) else () if held is None else (held,)
        found = (self.target(ref, keys_of(type(holder))[key].kind) for ref in refs)
        return tuple(dict.fromkeys(target for target in found if target))

    def many(self, holder: object, key: str) -> tuple[str, ...]:
        """The URNs under `key`."""
        return tuple(target.urn for target in self.targets(holder, key))

    def one(self, holder: object, key: str) -> str:
        """The URN under `key`, or ""."""
        return next(iter(self.many(holder, key)), "")

    def target(self, ref: Ref, default: str) -> Target | None:
        """What one reference means, or None and a mistake."""
        try:
            return self.names.resolve(ref, default)
        except ReferenceInvalid as error:
            self.mistakes.append((ref.line or self.line, str(error)))
            return None

    def selectors(self, refs: tuple[Ref, ...]) -> tuple[str, ...]:
        """Assets and patterns of a policy."""
        found = []
        for ref in refs:
            try:
                found.append(self.names.selector(ref))
            except ReferenceInvalid as error:
                self.mistakes.append((ref.line, str(error)))
        return tuple(found)

    def name_or_urn(self, text: str) -> str:
        """A model: a URN if it is written as a reference, else the name as it stands."""
        if text.startswith((PREFIX, "model:", "model_version:", "model_deployment:")):
            target = self.target(Ref(text, self.line), "")
            return target.urn if target else ""
        return text
