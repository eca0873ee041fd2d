"""Files of SQL as tasks of a pipeline: their text, dialect and description. What they read and write comes of it later,
when all sources are read (indexer/enrich/lineage.py). Reads files; parses nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from catalog.aspects import Aspect, Documentation, Info, Logic
from catalog.change import Change, Complete, Origin, Record, Skipped
from catalog.errors import SourceUnreadable
from catalog.urn import make
from indexer.enrich.logics import DEFAULTS
from indexer.safe_load import read_text
from indexer.sources.sql.words import words_of

SUFFIX = ".sql"
_DESCRIPTION = 1_000  # characters of the comment at the head of a file
_RESERVED = str.maketrans({",": "%2C", "(": "%28", ")": "%29"})
_MARKS = re.compile(r"^\s*(?:--+|/\*+|\*+/?|#)\s?|\s*\*+/\s*$")


@dataclass(frozen=True)
class Scripts:
    """What is common to the files of a source."""

    source: str
    dialect: str
    platform: str
    env: str
    database: str
    schema: str

    @property
    def flow(self) -> str:
        """The pipeline whose tasks the files are."""
        return make("dataFlow", self.platform, self.source.translate(_RESERVED), self.env)

    def records(self, path: Path, locator: str) -> Iterator[Record]:
        """What one file says. A file that cannot be read is Skipped with `error`."""
        try:
            text = read_text(path)
            at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        except (SourceUnreadable, OSError) as error:
            yield Skipped("file", str(error), locator, error=True)
            return
        if not text.strip():
            yield Skipped("empty file", "it holds no SQL", locator)
        else:
            urn = make("dataJob", self.flow, locator.translate(_RESERVED))
            for value in self._aspects(locator, text):
                yield Change(urn, value, Origin(self.source, locator, "", at))
        yield Complete(locator)

    def flow_records(self, locator: str) -> Iterator[Record]:
        """The pipeline itself."""
        info = Info("pipeline", self.source, self.platform, env=self.env, subtype="folder of SQL files")
        yield Change(self.flow, info, Origin(self.source, locator, "", datetime.fromtimestamp(0, UTC)))

    def _aspects(self, locator: str, text: str) -> Iterator[Aspect]:
        names = zip(DEFAULTS, (self.database, self.schema), strict=True)
        properties = tuple((name, value) for name, value in names if value)
        name = locator.rsplit("/", 1)[-1].removesuffix(SUFFIX)
        yield Info(
            "task", name, self.platform, locator, self.env, "SQL script", parent=self.flow, properties=properties
        )
        yield Logic(text, "sql", self.dialect)
        if words := heading(text, self.dialect):
            yield Documentation(words)


def heading(text: str, dialect: str) -> str:
    """The comment that a file begins with, without its marks."""
    lines: list[str] = []
    for kind, word in words_of(text, dialect):
        if kind == "comment":
            lines += [_MARKS.sub("", line).rstrip() for line in word.splitlines()]
        elif kind != "space" or (word.count("\n") > 1 and lines):
            break
    return "\n".join(lines).strip()[:_DESCRIPTION]
