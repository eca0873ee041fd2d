"""Every error Docent raises on purpose. Owns the tree; touches nothing.

DocentError
├── BadInput                 the person's or program's input is wrong (exit 2)
│   ├── UrnInvalid           not a URN in the catalog's form
│   ├── ConfigInvalid        docent.toml or a setting
│   ├── RecordInvalid        one record of a source; the rest goes on
│   └── NotFound             a name that means no asset the viewer may discover
├── SourceUnreadable         a whole source could not be read (exit 3)
├── MassRemoval              a run would remove more than the allowed share of a source (exit 3)
├── WorkspaceMissing         no docent.toml here or above (exit 4)
├── WorkspaceTooNew          made by a newer Docent (exit 4)
├── WorkspaceBusy            another process is building or writing (exit 4)
├── IndexUnusable            a saved lineage graph that is missing, foreign or damaged (exit 5)
├── RetrievalError           the search index, the vectors or the embedding model (exit 5; tree in retrieval/errors.py)
└── Erased                   the value was erased on request; its digest stays (exit 6)

Each message says what failed, on which thing, and what to do next. Exit codes are documented in docs/cli.md.
"""

from __future__ import annotations


class DocentError(Exception):
    """Anything Docent raises on purpose. `exit_code` is what the command line ends with."""

    exit_code = 1


class BadInput(DocentError):
    """Input that cannot be used as it is."""

    exit_code = 2


class UrnInvalid(BadInput):
    """Text that is not a URN in the catalog's form."""


class ConfigInvalid(BadInput):
    """docent.toml, a setting or a policy that cannot be used."""


class RecordInvalid(BadInput):
    """One record of a source that cannot be used. Carries where it stands."""

    def __init__(self, message: str, locator: str = "", pointer: str = "") -> None:
        super().__init__(message)
        self.locator = locator
        self.pointer = pointer


class NotFound(BadInput):
    """A name or reference that means nothing the viewer may discover."""

    def __init__(self, message: str, suggestions: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.suggestions = suggestions


class ChangeForbidden(BadInput):
    """A change that no rule of access grants the viewer."""


class SourceUnreadable(DocentError):
    """A whole source that could not be read."""

    exit_code = 3


class MassRemoval(DocentError):
    """A run that would remove more of a source than the guard allows."""

    exit_code = 3


class WorkspaceMissing(DocentError):
    """No docent.toml here or in a folder above."""

    exit_code = 4


class WorkspaceTooNew(DocentError):
    """A workspace written by a newer Docent than this one."""

    exit_code = 4


class WorkspaceBusy(DocentError):
    """Another process holds the lock that this work needs."""

    exit_code = 4


class IndexUnusable(DocentError):
    """A saved lineage graph that is missing, foreign, of another format or damaged."""

    exit_code = 5


class Erased(DocentError):
    """A value that was erased on request. Its digest stays, its content is gone."""

    exit_code = 6
