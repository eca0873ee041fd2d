"""sql: folders of SQL files and query logs. Reads files under the given path; no network, no writes, nothing is run.

Files of SQL become tasks with their text (scripts.py). Logs (logs.py, formats.py) are counted in one pass (tally.py):
who reads which tables and columns, what is joined with what, example queries with masked literals, and lineage of the
tables that logged statements write. docs/sources/sql.md says how each log is written out of its platform.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path

from catalog.aspects import Info
from catalog.change import Change, Complete, Origin, Record, Skipped
from catalog.errors import ConfigInvalid, SourceUnreadable
from catalog.urn import DEFAULT_ENV
from indexer.connectors import Classified
from indexer.enrich.known import Asking, KnownTables
from indexer.enrich.sql.bounded import Extractor, WorkerNotStarted
from indexer.enrich.sql.platforms import fold, is_listed
from indexer.enrich.sql.platforms import platform as rules_of
from indexer.safe_load import files_under
from indexer.sources.sql import logs
from indexer.sources.sql.formats import NAMES, Entry, mapped
from indexer.sources.sql.meaning import SECONDS, Meaning, Understanding
from indexer.sources.sql.people import people_of
from indexer.sources.sql.scripts import SUFFIX, Scripts
from indexer.sources.sql.tally import Tally

__all__ = ["read"]

_PLATFORM_OF = {"tsql": "mssql", "fabric": "mssql"}  # where DataHub's name of the platform is not the dialect's


def read(
    path: Path,
    *,
    source: str = "sql",
    dialect: str = "",
    platform: str = "",
    env: str = DEFAULT_ENV,
    database: str = "",
    schema: str = "",
    format: str = "",  # noqa: A002  the word people write in docent.toml
    columns: tuple[str, ...] = (),
    user_names: str = "local_part",
    users: tuple[str, ...] = (),
    service_users: tuple[str, ...] = (),
    personal_columns: tuple[str, ...] = (),
    days: int = 0,
    examples: int = 5,
    known: KnownTables | None = None,
    classified: Classified | None = None,
) -> Iterator[Record]:
    """Yield what the SQL files and query logs below `path` (or the one file it is) say.

    `dialect`: of the SQL, needed but for logs that tell. `platform`: of the tables; by default the dialect's.
    `database`, `schema`: complete names that lack them, where the log does not say. `format`: of the logs; by default
    found out. `columns`: "query=sql_text" for columns that are called otherwise. `user_names`, `users`,
    `service_users`: who is who. `days`: only the last so many before the newest entry; 0: all. `examples`: how many
    queries to keep for a table. `personal_columns`: patterns of columns whose values are never shown.
    No options: `known`, the tables of the catalog, and `classified`, their sensitive columns.

    Raises SourceUnreadable if nothing is at `path`, ConfigInvalid for options that make no sense. Broken lines and
    files are Skipped with `error`; Complete comes last, when there were none.
    """
    _check(path, format, dialect)
    files, problems = _files(path)
    work = _Work(source, path, platform or _platform(dialect), env, database, schema)
    people = people_of(user_names, users, service_users)
    reading = logs.Reading(format, mapped(columns))
    told = _Logs(work, reading, dialect, known or KnownTables.empty(), personal_columns, days, examples, classified)
    scripts = [found for found in files if found.suffix.lower() == SUFFIX]
    broken = False
    logged = [found for found in files if found not in scripts]
    for record in chain(problems, _scripts(work, dialect, scripts), told.read(logged, people.person)):
        broken |= isinstance(record, Skipped) and record.error
        yield record
    if not broken:
        yield Complete()


def _check(path: Path, format_: str, dialect: str) -> None:
    if not path.exists():
        raise SourceUnreadable(f"There is nothing at '{path}'. Give the folder or file of SQL files and query logs.")
    if format_ and format_ not in NAMES:
        raise ConfigInvalid(f"format = '{format_}' is unknown. Use one of: {', '.join(NAMES)}.")
    if dialect and not is_listed(dialect):
        raise ConfigInvalid(f"dialect = '{dialect}' is unknown. Use, for example, snowflake, bigquery, postgres, tsql.")


def _scripts(work: _Work, dialect: str, files: list[Path]) -> Iterator[Record]:
    """What the files of SQL say. Raises ConfigInvalid when nobody said in which dialect they are."""
    if not files:
        return
    if not dialect:
        raise ConfigInvalid(f"'{work.path}' holds SQL files: name their dialect, for example --dialect postgres.")
    told = Scripts(work.source, dialect, work.platform, work.env, work.database, work.schema)
    yield from told.flow_records(work.path.name)
    for found in files:
        yield from told.records(found, work.locator(found))


@dataclass(frozen=True)
class _Work:
    """What is common to everything read."""

    source: str
    path: Path
    platform: str
    env: str
    database: str
    schema: str

    def locator(self, file: Path) -> str:
        """The place of a file as evidence names it."""
        return file.name if file == self.path else file.relative_to(self.path).as_posix()


def _platform(dialect: str) -> str:
    name = rules_of(dialect).grammar if dialect else ""
    return _PLATFORM_OF.get(name, name)


def _files(path: Path) -> tuple[list[Path], list[Skipped]]:
    if not path.is_dir():
        return [path], []
    files: list[Path] = []
    problems: list[Skipped] = []
    for found in files_under(path, (SUFFIX, *logs.SUFFIXES)):
        if isinstance(found, SourceUnreadable):
            problems.append(Skipped("file", str(found), error=True))
        else:
            files.append(found)
    return files, problems


@dataclass
class _Logs:
    """The logs of a source, counted together."""

    work: _Work
    reading: logs.Reading
    dialect: str
    known: KnownTables
    personal: tuple[str, ...]
    days: int
    examples: int
    classified: Classified | None

    def read(self, files: list[Path], person: Callable[[str], str | None]) -> Iterator[Record]:
        """Count every entry of every file, then tell. Raises SourceUnreadable when no worker process can be had."""
        if not files:
            return
        since = self._since(files) if self.days else None
        dialect = self.dialect or self._told_dialect(files)
        work = self.work if self.work.platform else replace(self.work, platform=_platform(dialect))
        work = replace(work, database=work.database or self.known.only_database(work.platform))
        if not dialect:
            raise ConfigInvalid(f"The logs at '{work.path}' do not tell their dialect: name it, --dialect postgres.")
        personal = tuple(pattern.lower() for pattern in self.personal)
        try:
            with Extractor(seconds=SECONDS) as extractor:
                understanding = Understanding(
                    rules_of(dialect).grammar, self.known, extractor, personal, self.classified
                )

                def meaning(entry: Entry) -> Meaning:
                    return understanding.understand(entry.text, _asking(work, dialect, entry))

                tally = Tally(meaning, person, understanding.dialect)
                yield from self._entries(files, tally, since)
        except WorkerNotStarted as error:
            raise SourceUnreadable(f"The statements of the logs could not be parsed: {error}") from error
        tally.close()
        yield from self._told(tally, understanding, work, len(files))

    def _entries(self, files: list[Path], tally: Tally, since: datetime | None) -> Iterator[Record]:
        for file in files:
            locator = self.work.locator(file)
            for record in logs.read_log(file, locator, self.reading):
                if isinstance(record, Skipped):
                    yield record
                    continue
                entry, line = record.entry, f"line {record.line}"
                if since is not None and entry.at < since:
                    continue
                if entry.failed:
                    yield Skipped("query that failed", "it ended in an error or was cancelled", locator, line)
                elif (meaning := tally.add(entry)).problem:
                    yield Skipped(meaning.what, meaning.problem, locator, line)

    def _told(self, tally: Tally, understanding: Understanding, work: _Work, files: int) -> Iterator[Record]:
        at = min(tally.last or datetime.now(UTC), datetime.now(UTC))
        origin = Origin(work.source, str(work.path), f"{files} log file{'s' if files > 1 else ''}", at)
        for urn in sorted(tally.tables):
            if (name := understanding.names.get(urn)) is not None:
                yield Change(urn, Info("table", "", work.platform, name, work.env), origin)
            for value in tally.aspects(urn, self.days, self.examples):
                yield Change(urn, value, origin)

    def _since(self, files: list[Path]) -> datetime | None:
        """The time from which entries count: a first look at all of them for the newest."""
        newest: datetime | None = None
        for file in files:
            for record in logs.read_log(file, "", self.reading):
                if isinstance(record, logs.Logged) and (newest is None or record.entry.at > newest):
                    newest = record.entry.at
        return newest - timedelta(days=self.days) if newest else None

    def _told_dialect(self, files: list[Path]) -> str:
        for file in files:
            for record in logs.read_log(file, "", self.reading):
                if isinstance(record, logs.Logged):
                    return record.dialect
        return ""


def _asking(work: _Work, dialect: str, entry: Entry) -> Asking:
    rules = rules_of(dialect)
    database = fold(entry.database or work.database, True, rules.tables)
    schema = fold(entry.schema or work.schema, True, rules.tables)
    if rules.two_level:
        return Asking(work.platform, work.env, None, (schema or database) or None)
    return Asking(work.platform, work.env, database or None, schema or rules.default_schema or _public(dialect))


def _public(dialect: str) -> str | None:
    return "public" if rules_of(dialect).grammar in ("postgres", "redshift") else None
