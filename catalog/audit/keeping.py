"""Recording as the configured mode asks: required, or at best effort. For what people are shown, not for writes.

A write that cannot have its row fails with it, in one transaction. An answer can be given without: whether it may is
the workspace's choice.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from catalog.audit.chain import Audit
from catalog.audit.record import Event
from catalog.database import Database
from catalog.errors import AuditUnwritable, WorkspaceBusy

Effect = Callable[[Connection], object]


def nothing(connection: Connection) -> None:
    """The effect of an event that has none beside its row."""


def keep(database: Database, audit: Audit, event: Event, effect: Effect = nothing) -> tuple[str, ...]:
    """Do `effect` and add its row in one transaction. Returns what to say when neither could be written.

    Raises AuditUnwritable in their place where the audit is required.
    """
    try:
        with database.writing() as connection:
            effect(connection)
            audit.append(connection, event)
    except (DBAPIError, WorkspaceBusy) as error:
        why = str(error.orig) if isinstance(error, DBAPIError) else str(error)
        if audit.settings.mode == "required":
            raise AuditUnwritable(
                f"There is no answer, because the audit could not take its row: {why}. Make {database.shown_url()} "
                'writable, or set mode = "best_effort" under [audit].'
            ) from error
        return (f"This is not in the audit: {why}.",)
    return ()
