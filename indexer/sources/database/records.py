"""What a database says of its relations, before it becomes aspects. Frozen records and the interface of an engine.

Every engine (postgres.py, mysql.py, sqlite.py, duckdb.py, other.py) hands out these and nothing of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

Row = Sequence[Any]


Wanted = Callable[[str], bool]
"""Whether the relation of that name is to be read."""


class StatementFailed(Exception):
    """One statement failed, and the connection lives. The message holds no secret."""


@dataclass(frozen=True)
class SchemaFact:
    """A schema that the database lists. `refused`: why it may not be read, and what to do about it."""

    name: str
    comment: str = ""
    refused: str = ""


@dataclass(frozen=True)
class ColumnFact:
    """A column; `type` as the engine writes it, `position` from 1."""

    name: str
    type: str
    position: int
    nullable: bool | None = None
    default: str = ""
    comment: str = ""
    generated: str = ""  # the expression, or "identity"


@dataclass(frozen=True)
class Reference:
    """A foreign key. `schema` is that of the table it points at."""

    columns: tuple[str, ...]
    schema: str
    table: str
    target_columns: tuple[str, ...]
    name: str = ""


@dataclass(frozen=True)
class Index:
    """An index or unique constraint, by its columns in order. `ordered`: it finds the greatest value at once."""

    name: str
    columns: tuple[str, ...]
    unique: bool = False
    ordered: bool = True


@dataclass(frozen=True)
class Relation:
    """A table or view. `shape`: "table", "view", "materialized view", "foreign table", ...

    `rows` and `bytes` are the engine's own statistics, of the time `counted_at`. `partitions`: how many are folded
    into it. `broken`: why the engine itself cannot use the view.
    """

    schema: str
    name: str
    shape: str = "table"
    comment: str = ""
    columns: tuple[ColumnFact, ...] = ()
    primary_key: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    indexes: tuple[Index, ...] = ()
    sql: str = ""
    rows: int | None = None
    bytes: int | None = None
    counted_at: datetime | None = None
    created_at: datetime | None = None
    loaded_at: datetime | None = None
    partitions: int = 0
    partitioned_by: str = ""
    broken: str = ""

    @property
    def is_view(self) -> bool:
        """Whether it is a view, materialised or not."""
        return self.shape.endswith("view")


@dataclass(frozen=True)
class Trouble:
    """Relations that could not be read. `whole`: so much is missing that absence means nothing."""

    name: str
    why: str
    what: str = "relation"
    error: bool = True
    whole: bool = False


class Engine(Protocol):
    """An open database, read-only, each statement under a time limit. Raises SourceUnreadable when it goes away."""

    profiles: bool
    """Whether profiling is safe here: statements can be stopped, and a sample does not read the whole table."""

    finite: str
    """How a time without end is left out: "{0}" where there is none."""
    counts: bool
    """Whether counting all rows of a table is cheap enough to be tried."""

    def schemas(self) -> list[SchemaFact]:
        """All schemas but the system's."""
        ...

    def relations(self, schema: str, wanted: Wanted) -> Iterator[Relation | Trouble]:
        """The wanted tables and views of a schema. Raises StatementFailed."""
        ...

    def rows(self, sql: str) -> Sequence[Row]:
        """Run one reading statement. Raises StatementFailed."""
        ...

    def quoted(self, name: str) -> str:
        """An identifier, quoted."""
        ...

    def sample(self, relation: Relation, columns: str, rows: int) -> str:
        """A statement that takes about `rows` rows of a table that has more, without reading all of it."""
        ...

    def finds_newest(self, relation: Relation, column: str) -> bool:
        """Whether max(column) is found without reading the whole table."""
        ...

    def close(self) -> None:
        """Give the connection back."""
        ...
