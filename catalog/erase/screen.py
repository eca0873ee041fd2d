"""The screen in front of the store: what was erased does not come back. Owns what of a batch may be applied.

Reads the erasures and the digests whose values are gone. A catalog without erasures pays one query a batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection, select, update

from catalog import codec, tables
from catalog.change import Change, Origin, Removed
from catalog.database import micros
from catalog.erase.marks import Recogniser
from catalog.erase.records import recogniser
from catalog.erase.redact import covered, redact_text, redact_value


def screen(connection: Connection, batch: Sequence[Change], recorded: int) -> Sequence[Change]:
    """The changes less those about what was erased, and with erased names taken out of the rest.

    Returns `batch` itself when there is nothing to take out. `recorded`: the time that open observations get.
    """
    known = recogniser(connection)
    if not known:
        return batch
    kept = [new for change in batch if (new := _screened(known, change, recorded)) is not None]
    return [change for change in kept if not _returns(connection, known, change)]


def _screened(known: Recogniser, change: Change, recorded: int) -> Change | None:
    origin = change.origin
    at = micros(origin.observed_at) if origin.observed_at else recorded
    if covered(known, change.urn, at) is not None:
        return None
    value = change.value
    if not isinstance(value, Removed):
        text = codec.encode(value)
        redacted = redact_value(known, change.urn, value.NAME, text, at)
        if redacted != text:
            value = codec.decode(value.NAME, redacted)
    return replace(change, value=value, origin=_clean(known, origin, at))


def _clean(known: Recogniser, origin: Origin, at: int) -> Origin:
    locator, pointer, event = (redact_text(known, t, at) for t in (origin.locator, origin.pointer, origin.event_id))
    inputs = tuple(known.renamed(urn) for urn in origin.inputs)
    return replace(origin, locator=locator, pointer=pointer, event_id=event, inputs=inputs)


def _returns(connection: Connection, known: Recogniser, change: Change) -> bool:
    """Whether a change brings back the very value that was erased; a like value of another asset is its own."""
    if isinstance(change.value, Removed):
        return False
    text = codec.encode(change.value)
    c = tables.contents.c
    mine = c.digest == codec.digest(text, codec.encode_inputs(change.origin.inputs))
    if not connection.execute(select(c.digest).where(mine, c.json.is_(None))).first():
        return False
    if covered(known, change.urn, 0) is not None or redact_value(known, change.urn, change.value.NAME, text, 0) != text:
        return True
    connection.execute(update(tables.contents).where(mine).values(json=text))
    return False
