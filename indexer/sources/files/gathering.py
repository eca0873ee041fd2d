"""Sheets of one moment to changes: places entries, finds doubles, resolves references, joins what several say. Pure.

An incident speaks of the assets it hits and a task of the tables it writes, so one asset's incidents and lineage may
come from several entries and files; they become one value each. When some of it could not be read, such values are
held back: half of them would look as if the rest had been taken away. Then nothing else proves an absence either.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from catalog.aspects import Aspect, Incidents, Lineage, Person
from catalog.change import Change, Origin, Removed, Skipped
from catalog.errors import BadInput
from indexer.sources.files.ai_entries import IncidentEntry
from indexer.sources.files.entries import Ref
from indexer.sources.files.placing import Placed, References, placed
from indexer.sources.files.records import aspects_of, incident_of, written_by
from indexer.sources.files.references import Names, ReferenceInvalid
from indexer.sources.files.sheets import Found, Sheet

_SHARING_SECTIONS = {"incidents", "pipelines"}  # their entries say parts of other assets' values


@dataclass(frozen=True, slots=True)
class _Said:
    """A value for an asset, where it stands, and whether another asset's entry says it."""

    urn: str
    aspect: Aspect
    sheet: Sheet
    line: int
    shared: bool = False


def _joined(all_said: list[_Said]) -> Aspect:
    """What several entries say of one aspect of an asset, as one value."""
    values = [said.aspect for said in all_said]
    if len(values) == 1:
        return values[0]
    incidents = [incident for value in values if isinstance(value, Incidents) for incident in value.incidents]
    if incidents:
        return Incidents(tuple(dict.fromkeys(incidents)))
    lineages = [value for value in values if isinstance(value, Lineage)]
    assert len(lineages) == len(values), f"doubled {values[0].NAME}: doubled entries were to be found before"
    upstreams = dict.fromkeys(upstream for value in lineages for upstream in value.upstreams)
    return Lineage(tuple(upstreams), tuple(dict.fromkeys(edge for value in lineages for edge in value.columns)))


@dataclass(slots=True)
class Gathering:
    """What the sheets of one moment say.

    `moment`: that of history sheets; of the sheets of today (`live`), the newest change in the folder. `now`: by when
    people who leave count as gone. `holds_back`: whether something that entries say of other assets may be unread.
    """

    source: str
    names: Names
    moment: datetime
    now: datetime
    live: bool
    _seen: dict[tuple[str, str], str] = field(default_factory=dict)
    _said: dict[tuple[str, str], list[_Said]] = field(default_factory=dict)
    holds_back: bool = False

    def add(self, sheet: Sheet) -> None:
        """Take up what a sheet says. Mistakes that show only now are noted in it."""
        for found in sheet.found:
            for said in self._accepted(found, sheet):
                self._said.setdefault((said.urn, said.aspect.NAME), []).append(said)
            self.holds_back |= bool(found.mistakes) and found.section in _SHARING_SECTIONS
        self.holds_back |= not sheet.unread.isdisjoint(_SHARING_SECTIONS)

    def _accepted(self, found: Found, sheet: Sheet) -> list[_Said]:
        """What an entry says, nothing if any of it is a mistake."""
        if found.entry is None:
            return []
        try:
            items = placed(found.entry, found.kind, sheet.platform, self.names)
        except BadInput as error:
            found.mistakes.append((found.line, str(error)))
            return []
        said: list[_Said] = []
        for item in items:
            refs = References(self.names, item.entry.line)
            said.extend(self._sayings(item, refs, sheet))
            found.mistakes.extend(dict.fromkeys(refs.mistakes))
            self._note_double(item, found, sheet)
        return [] if found.mistakes else said

    def _sayings(self, item: Placed, refs: References, sheet: Sheet) -> Iterator[_Said]:
        line = item.entry.line
        if isinstance(item.entry, IncidentEntry):
            about, incident = incident_of(item.entry, item.urn, refs)
            for urn in about:
                yield _Said(urn, Incidents((incident,)), sheet, line, shared=True)
            return
        for aspect in aspects_of(item, refs, self.now):
            yield _Said(item.urn, aspect, sheet, line)
        for urn, upstream in written_by(item, refs):
            yield _Said(urn, Lineage((upstream,)), sheet, line, shared=True)

    def _note_double(self, item: Placed, found: Found, sheet: Sheet) -> None:
        """Ids are unique for each kind, URNs among all."""
        for key in ((item.kind, item.name), ("", item.urn)):
            first = self._seen.get(key)
            if first:
                what = f"'{item.name}' stands twice: first in {first}. Keep one of them."
                found.mistakes.append((item.entry.line, what))
                return
            self._seen[key] = f"{sheet.locator} line {item.entry.line}"

    def changes(self) -> Iterator[Change | Skipped]:
        """The changes, and what had to be held back."""
        held_back = 0
        for all_said in self._said.values():
            if self.holds_back and any(said.shared for said in all_said):
                held_back += 1
            else:
                yield Change(all_said[0].urn, _joined(all_said), self._origin(all_said[0]))
        if held_back:
            why = f"{held_back} lists of incidents or writers stay as they were until the mistakes are corrected"
            yield Skipped("incidents and writers", why)

    def _origin(self, said: _Said) -> Origin:
        """The place of the first who says it. A value that other files may be part of, or have been, is as new as the
        newest change in the folder."""
        time = self.moment if not self.live or isinstance(said.aspect, Incidents | Lineage) else said.sheet.changed
        if isinstance(said.aspect, Person) and not said.aspect.active and said.aspect.left_at:
            time = max(time, said.aspect.left_at) if self.live else time
        return Origin(self.source, said.sheet.locator, f"line {said.line}", time, past=not self.live)

    def removals(self, sheet: Sheet) -> Iterator[Change]:
        """What a history sheet says went away."""
        for ref in sheet.removed:
            try:
                target = self.names.resolve(Ref(ref.text, ref.line), "")
            except ReferenceInvalid as error:
                sheet.mistakes.append((ref.line, str(error)))
                continue
            yield Change(target.urn, Removed(), Origin(self.source, sheet.locator, f"line {ref.line}", self.moment))
