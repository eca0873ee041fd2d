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
    """A value for an asset, where it stands, and whether other entries may say more of it."""

    urn: str
    aspect: Aspect
    sheet: Sheet
    line: int
    shared: bool = False

    def joined(self, other: _Said) -> _Said:
        """Both values as one; the place is that of the first."""
        mine, theirs = self.aspect, other.aspect
        if isinstance(mine, Incidents) and isinstance(theirs, Incidents):
            both: Aspect = Incidents(tuple(dict.fromkeys(mine.incidents + theirs.incidents)))
        elif isinstance(mine, Lineage) and isinstance(theirs, Lineage):
            upstreams = tuple(dict.fromkeys(mine.upstreams + theirs.upstreams))
            both = Lineage(upstreams, tuple(dict.fromkeys(mine.columns + theirs.columns)))
        else:
            raise AssertionError(f"{self.urn} has two values of {mine.NAME}; doubled entries were to be found before")
        return _Said(self.urn, both, self.sheet, self.line, shared=True)


@dataclass(slots=True)
class Gathering:
    """What the sheets of one moment say.

    `moment`: that of history sheets; of the sheets of today (`live`), the newest change in the folder. `now`: by when
    people who leave count as gone.
    """

    source: str
    names: Names
    moment: datetime
    now: datetime
    live: bool
    _seen: dict[tuple[str, str], tuple[Sheet, int]] = field(default_factory=dict)
    _said: dict[tuple[str, str], _Said] = field(default_factory=dict)
    _unread: set[str] = field(default_factory=set)

    def add(self, sheet: Sheet) -> None:
        """Take up what a sheet says. Mistakes that show only now are noted in it."""
        for found in sheet.found:
            for said in self._accepted(found, sheet):
                key = (said.urn, said.aspect.NAME)
                held = self._said.get(key)
                self._said[key] = held.joined(said) if held else said
            if found.mistakes:
                self._unread.add(found.section)
        self._unread |= sheet.unread

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
            first, line = self._seen.setdefault(key, (sheet, item.entry.line))
            if (first, line) != (sheet, item.entry.line):
                what = f"'{item.name}' stands twice: first in {first.locator} line {line}. Keep one of them."
                found.mistakes.append((item.entry.line, what))
                return

    @property
    def holds_back(self) -> bool:
        """Whether something that entries say of other assets could not be read."""
        return bool(self._unread & _SHARING_SECTIONS)

    def changes(self) -> Iterator[Change | Skipped]:
        """The changes, and what had to be held back."""
        held_back = 0
        for said in self._said.values():
            if said.shared and self.holds_back:
                held_back += 1
            else:
                yield Change(said.urn, said.aspect, self._origin(said))
        if held_back:
            why = f"{held_back} lists of incidents or writers stay as they were until the mistakes are corrected"
            yield Skipped("incidents and writers", why)

    def _origin(self, said: _Said) -> Origin:
        """A value that other files may be part of is as new as the newest change in the folder, removals included."""
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
