"""The audit as a file of JSON lines that anyone can check without this catalog, and checking it.

Each line is a row: writer, n, at, kind, commitment, anchors, previous, hash, and salt with payload or, in their place,
"withheld" (it names what the exporting reader may not discover) or "erased". `check_lines` needs the file alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select, tuple_

from catalog import tables
from catalog.audit.reading import PAGE, Shown, check_reader, keep_back, note_reading
from catalog.audit.record import Anchor, Row, canonical
from catalog.audit.rows import rows
from catalog.audit.verify import Break, Verdict, check_rows
from catalog.catalog import Catalog
from catalog.errors import BadInput

_CHUNK = 300


def export_audit(catalog: Catalog, viewers: Sequence[str], target: Path) -> tuple[int, int]:
    """Write every row to `target`; returns how many rows, and of how many the payload was withheld.

    Raises AuditForbidden, and BadInput when the file cannot be written.
    """
    check_reader(catalog, viewers)
    note_reading(catalog, viewers, "export", {})
    view = catalog.view(catalog.scope(*viewers))
    count = withheld = 0
    try:
        with target.open("w", encoding="utf-8") as out, catalog.database.reading() as connection:
            target.chmod(0o600)
            for page in _pages(rows(connection)):
                for one in keep_back(connection, view, page):
                    out.write(line_of(one) + "\n")
                    count, withheld = count + 1, withheld + one.withheld
    except OSError as error:
        raise BadInput(f"{target} cannot be written: {error}. Give a file in a folder you may write to.") from error
    return count, withheld


def _pages(found: Iterable[Row]) -> Iterator[list[Row]]:
    page: list[Row] = []
    for row in found:
        page.append(row)
        if len(page) == PAGE:
            yield page
            page = []
    yield page


def line_of(shown: Shown) -> str:
    """A row as one line of JSON."""
    row = shown.row
    body: dict[str, Any] = {
        "writer": row.writer,
        "n": row.n,
        "at": row.at,
        "kind": row.kind,
        "commitment": row.commitment,
        "anchors": [[a.writer, a.n, a.hash] for a in row.anchors],
        "previous": row.previous,
        "hash": row.hash,
    }
    if row.payload is not None:
        body |= {"salt": row.salt, "payload": json.loads(row.payload)}
    else:
        body["withheld" if shown.withheld else "erased"] = True
    return json.dumps(body, ensure_ascii=False)


def read_lines(lines: Iterable[str]) -> list[Shown]:
    """Rows out of an exported file. Raises BadInput, with the line."""
    return [_read_line(line, number) for number, line in enumerate(lines, 1) if line.strip()]


def _read_line(line: str, number: int) -> Shown:
    try:
        body = json.loads(line)
        anchors = tuple(Anchor(writer, n, digest) for writer, n, digest in body["anchors"])
        payload = canonical(body["payload"]) if "payload" in body else None
        row = Row(
            body["writer"], body["n"], body["at"], body["kind"], body["commitment"], anchors, body["previous"],
            body["hash"], body.get("salt"), payload,
        )  # fmt: skip
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(
            f"Line {number} is no row of an audit: {error!r}. Use a file made by 'docent audit export'."
        ) from error
    return Shown(row, bool(body.get("withheld")))


def check_lines(lines: Iterable[str]) -> Verdict:
    """Check an exported file by itself. What was withheld or erased is checked by its hashes alone."""
    shown = read_lines(lines)
    return check_rows([one.row for one in shown], frozenset(one.row.place for one in shown if one.withheld))


def compare(connection: Connection, lines: Iterable[str]) -> list[Break]:
    """Where the catalog no longer holds what was exported from it earlier: rows put back, made anew or cut off."""
    breaks: list[Break] = []
    shown = read_lines(lines)
    a = tables.audit.c
    for start in range(0, len(shown), _CHUNK):
        some = [one.row for one in shown[start : start + _CHUNK]]
        query = select(a.writer, a.n, a.hash).where(tuple_(a.writer, a.n).in_([row.place for row in some]))
        held = {(writer, n): digest for writer, n, digest in connection.execute(query)}
        for row in some:
            if held.get(row.place) != row.hash:
                what = "is another" if row.place in held else "is gone"
                breaks.append(Break(row.writer, row.n, f"it {what}, compared with the export"))
    return breaks
