"""files: what people write in YAML and Markdown. Reads files under the given path; no network, no writes.

The format is in docs/sources/files.md and, as records, in entries.py and ai_entries.py; schema.json is made from these.
The way: files -> sheets (sheets.py, parsing.py) -> gathered per moment (gathering.py: placing, references) -> changes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from catalog.change import Complete, Record, Skipped
from catalog.errors import BadInput, SourceUnreadable
from indexer.safe_load import files_under
from indexer.sources.files.gathering import Gathering
from indexer.sources.files.placing import placed
from indexer.sources.files.references import Names
from indexer.sources.files.sheets import SUFFIXES, Sheet, changed_at, read_sheet

_MOST_MISTAKES = 200  # told of one file; more are one mistake made often, or no file that people wrote


def read(path: Path, *, source: str = "files", platform: str = "", env: str = "PROD") -> Iterator[Record]:
    """Yield what the files below `path` (or the one file it is) say, oldest history first, then today.

    `platform`: of dashboards, models and the like that say none. Mistakes are Skipped with `error`; Complete
    follows for each file without any, and for all when there was none. Raises SourceUnreadable if nothing is at `path`.
    """
    sheets, problems = _sheets(path, platform)
    names = _declared(sheets, env)
    unlisted = any(isinstance(problem.__cause__, OSError) for problem in problems)
    held_back = False
    for gathering, group in _moments(sheets, source, names, path):
        gathering.holds_back = gathering.live and unlisted
        for sheet in group:
            gathering.add(sheet)
        yield from gathering.changes()
        for sheet in group:
            yield from gathering.removals(sheet)
            yield from _skipped(sheet)
        held_back = gathering.live and gathering.holds_back
    yield from (Skipped("file", str(problem), error=True) for problem in problems)
    if not held_back:
        yield from _complete(sheets, bool(problems))


def _complete(sheets: list[Sheet], failed: bool) -> Iterator[Complete]:
    """What was fully read. History proves no absence: that is for the files of today."""
    today = [sheet for sheet in sheets if sheet.observed_at is None]
    yield from (Complete(sheet.locator) for sheet in today if not sheet.failed)
    if not failed and not any(sheet.failed for sheet in sheets) and (today or not sheets):
        yield Complete()


def _sheets(path: Path, platform: str) -> tuple[list[Sheet], list[SourceUnreadable]]:
    if not path.exists():
        raise SourceUnreadable(f"There is nothing at '{path}'. Give the folder or file that holds what people wrote.")
    if not path.is_dir():
        return [read_sheet(path, path.name, platform)], []
    sheets: list[Sheet] = []
    problems: list[SourceUnreadable] = []
    for found in files_under(path, SUFFIXES):
        if isinstance(found, SourceUnreadable):
            problems.append(found)
        else:
            sheets.append(read_sheet(found, found.relative_to(path).as_posix(), platform))
    return sheets, problems


def _declared(sheets: list[Sheet], env: str) -> Names:
    """The ids of all files, so that order does not matter. What is so today wins over what history says."""
    names = Names(env)
    for sheet in sorted(sheets, key=lambda sheet: (sheet.observed_at is None, sheet.observed_at or sheet.changed)):
        for found in sheet.found:
            try:
                for item in placed(found.outline, found.kind, sheet.platform, names) if found.outline else ():
                    names.declare(item.kind, item.name, item.urn)
            except BadInput:
                continue  # said where the entry is gathered
    return names


def _moments(sheets: list[Sheet], source: str, names: Names, path: Path) -> Iterator[tuple[Gathering, list[Sheet]]]:
    for moment in sorted({sheet.observed_at for sheet in sheets if sheet.observed_at}):
        history = [sheet for sheet in sheets if sheet.observed_at == moment]
        yield Gathering(source, names, moment, moment, live=False), history
    today = [sheet for sheet in sheets if sheet.observed_at is None]
    if today:
        now = datetime.now(UTC)
        newest = max(*(sheet.changed for sheet in today), _folders_changed_at(path))
        yield Gathering(source, names, min(newest, now), now, live=True), today


def _folders_changed_at(path: Path) -> datetime:
    """When a file was last added or removed: removing one changes what it said together with others."""
    newest = datetime.fromtimestamp(0, UTC)
    for folder, names, _ in os.walk(path):
        names[:] = [name for name in names if not name.startswith(".")]
        try:
            newest = max(newest, changed_at(Path(folder)))
        except OSError:
            continue  # it went away meanwhile; its parent has changed by that
    return newest


def _skipped(sheet: Sheet) -> Iterator[Skipped]:
    if sheet.passed_over:
        yield Skipped("Markdown without front matter", sheet.passed_over, sheet.locator)
    for line, what in sheet.mistakes:
        yield Skipped("file", what, sheet.locator, f"line {line}" if line else "", error=True)
    mistakes = [(found.section, *mistake) for found in sheet.found for mistake in found.mistakes]
    for section, line, what in mistakes[:_MOST_MISTAKES]:
        yield Skipped(f"entry in {section}", what, sheet.locator, f"line {line}", error=True)
    if len(mistakes) > _MOST_MISTAKES:
        more = f"{len(mistakes) - _MOST_MISTAKES} more mistakes in this file. Correct those told first."
        yield Skipped("file", more, sheet.locator, error=True)
