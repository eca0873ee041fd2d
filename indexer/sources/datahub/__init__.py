"""datahub: whatever DataHub holds, from the metadata files its file sink writes. Reads files; no network, no writes.

Owns how DataHub's entities and aspects become ours. Every record of a file ends in a Change or in a Skipped with its
name: `files` reads JSON, `proposal` records, the readers make pieces of aspects, `fold` keeps the newest, `emit` joins.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from catalog.change import Change, Complete, Origin, Record, Skipped
from catalog.errors import RecordInvalid, SourceUnreadable
from indexer.safe_load import files_under
from indexer.sources.datahub import files
from indexer.sources.datahub.emit import Value, values
from indexer.sources.datahub.fold import Fold
from indexer.sources.datahub.piece import Unused
from indexer.sources.datahub.proposal import Proposal, Where, proposals

_SHOWN_PLACES = 50  # of one Change; a team of thousands is made from as many records


def read(path: Path, *, source: str = "datahub") -> Iterator[Record]:
    """Yield what DataHub metadata files say: one file (JSON list or JSON lines), or a folder of them.

    One value is yielded per asset and aspect, out of all the files together; profiles once per moment. Raises
    SourceUnreadable if `path` is missing, is a broken file, or holds no DataHub metadata at all; of a folder, a broken
    file is Skipped with error=True. A file in which nothing was broken is Complete, and so is a folder of such files.
    """
    run = _Run(path, source)
    yield from run.read()
    for made in values(run.fold):
        if isinstance(made, Value):
            yield run.change(made)
        else:
            yield from run.skipped(made.unused, *made.where)
    yield from run.complete()


class _Run:
    """One reading of one path."""

    def __init__(self, path: Path, source: str) -> None:
        self.fold = Fold()
        self._path, self._source = path, source
        self._files: list[Path] = []
        self._written: list[datetime] = []
        self._broken: set[Path] = set()
        self._understood = 0

    def read(self) -> Iterator[Skipped]:
        """Read all files into the fold. Raises SourceUnreadable."""
        for file in self._found():
            if isinstance(file, SourceUnreadable):
                self._broken.add(self._path)
                yield Skipped("file", str(file), str(self._path), error=True)
                continue
            try:
                self._written.append(files.written_at(file))
                self._files.append(file)
                for item in files.items(file):
                    yield from self._record(item, Where(len(self._files) - 1, item.index))
            except SourceUnreadable as error:
                if file == self._path:
                    raise
                self._broken.add(file)
                yield Skipped("file", str(error), str(file), error=True)
        if not self._understood:
            raise SourceUnreadable(
                f"'{self._path}' holds no DataHub metadata. Give a file that DataHub's file sink wrote (a JSON list of "
                "MetadataChangeProposals), or a folder with such files (.json, .jsonl, .ndjson)."
            )

    def complete(self) -> Iterator[Complete]:
        """The files in which nothing was broken; and the whole source, if it is a folder of only such files."""
        yield from (Complete(str(file)) for file in self._files if file not in self._broken)
        if self._path.is_dir() and not self._broken:
            yield Complete()

    def _found(self) -> Iterator[Path | SourceUnreadable]:
        if self._path.is_dir():
            yield from files_under(self._path, files.SUFFIXES)
        else:
            yield self._path

    def _record(self, item: files.Item, where: Where) -> Iterator[Skipped]:
        if item.fault:
            yield from self.skipped(Unused("record", item.fault, error=True), where)
            return
        try:
            for proposal in proposals(item.value, where):
                self._understood += 1
                yield from self._take(proposal)
        except RecordInvalid as error:
            yield from self.skipped(Unused("record", str(error), error=True), where)

    def _take(self, proposal: Proposal) -> Iterator[Skipped]:
        """One aspect: if it is broken, the other aspects of its record still count."""
        try:
            for unused in self.fold.take(proposal):
                yield from self.skipped(unused, proposal.where)
        except RecordInvalid as error:
            yield from self.skipped(Unused(f"aspect {proposal.aspect}", str(error), error=True), proposal.where)

    def change(self, made: Value) -> Change:
        """The value with its origin: the file of its last record, and the places of all of them."""
        file = self._files[made.where[-1].file]
        observed = made.seen or self._written[made.where[-1].file]
        origin = Origin(self._source, str(file), self._pointer(made.where), observed, past=made.past)
        return Change(made.urn, made.value, origin)

    def skipped(self, unused: Unused, *where: Where) -> Iterator[Skipped]:
        """One Skipped per record, so that the counts by name are counts of records."""
        for place in where:
            if unused.error:
                self._broken.add(self._files[place.file])
            yield Skipped(unused.what, unused.why, str(self._files[place.file]), f"[{place.index}]", unused.error)

    def _pointer(self, where: tuple[Where, ...]) -> str:
        """[3],[7] in the file of the locator; places in other files with their names."""
        main = where[-1].file
        ordered = sorted(set(where), key=lambda place: (place.file != main, place.file, place.index))
        shown = [
            f"[{place.index}]" if place.file == main else f"{self._files[place.file].name}[{place.index}]"
            for place in ordered[:_SHOWN_PLACES]
        ]
        return ",".join(shown) + (f" and {len(ordered) - _SHOWN_PLACES} more" if len(ordered) > _SHOWN_PLACES else "")
