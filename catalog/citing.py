"""From an address back to the stored value it names, of any time, as one scope may see it.

What was changed for a scope has the address of what is left (catalog/cleaning.py): it is found by cleaning again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from catalog import codec
from catalog.change import Evidence
from catalog.database import Database, moment
from catalog.erase.records import is_erased
from catalog.errors import Erased, NotFound
from catalog.history import REMOVED, Point, live
from catalog.merge import Said
from catalog.reader import read_contents, read_inputs, read_points
from catalog.view import View


@dataclass(frozen=True)
class Record:
    """One stored value, as `cite` shows it: where it came from and its JSON text."""

    evidence: Evidence
    observed_at: datetime
    locator: str
    pointer: str
    json: str
    is_current: bool
    notes: tuple[str, ...] = ()  # what is to be said beside it: that the audit has no row of this


def cite(database: Database, view: View, evidence: Evidence) -> Record:
    """The value that evidence names, less what the view's scope may not see. Raises NotFound, Erased.

    What is not the scope's to see is not found, in the same words as what never was.
    """
    if view.asset(evidence.urn) is not None:
        with database.reading() as connection:
            points = read_points(connection, [evidence.urn])
            wanted = _versions(points, evidence)
            texts = read_contents(connection, sorted({point.digest for point in wanted}))
            inputs = read_inputs(connection, sorted(texts))
        for point in wanted:
            text = texts.get(point.digest)
            if text is None:
                if point.digest == evidence.version and view.readable(evidence.urn):
                    raise Erased(f"The value at '{evidence.ref()}' was erased on request; only its digest is kept.")
                continue
            made_from = codec.decode_inputs(inputs.get(point.digest, ""))
            seen = view.seen(Said(codec.decode(point.aspect, text), point, made_from))
            if seen is not None and seen.point.digest == evidence.version:
                shown = text if seen.point.digest == point.digest else codec.encode(seen.value)
                current = any((one.key, one.digest) == (point.key, point.digest) for one in live(points))
                at = moment(point.observed_at)
                # A place in a file ("tables[17]") counts what stands before it, hidden things too.
                place = (point.pointer or "") if view.scope.sees_all else ""
                return Record(evidence, at, point.locator or "", place, shown, current)
    with database.reading() as connection:
        texts = read_contents(connection, [evidence.version])
        emptied = evidence.version in texts and texts[evidence.version] is None and view.readable(evidence.urn)
        if emptied or (texts and is_erased(connection, evidence.urn)):
            # Only who holds a whole reference to one of its values is told that there was something.
            raise Erased(f"The value at '{evidence.ref()}' was erased on request; only its digest is kept.")
    raise NotFound(f"Nothing is stored at '{evidence.ref()}'. Copy the whole reference from an answer's citation.")


def _versions(points: Iterable[Point], evidence: Evidence) -> list[Point]:
    """The newest point of each value of this aspect and source; the one whose own digest is named before all others."""
    newest = {
        point.digest: point
        for point in sorted(points, key=lambda point: point.order)
        if (point.aspect, point.source) == (evidence.aspect, evidence.source) and point.digest != REMOVED
    }
    return sorted(newest.values(), key=lambda point: (point.digest != evidence.version, -point.observed_at))
