"""The audit under kills and tampering: does every effect have its row, is every tampering found, and would we notice?

Workers ask, search, cite, apply and run on a small catalog and are killed (SIGKILL) at random moments; then effects and
rows are compared. A catalog with several chains is tampered with at random, one transaction each, rolled back. Each
zero has controls: the same measurement on a sabotaged build has to find something.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Connection, select

from catalog import tables
from catalog.audit import effects, export, verify
from catalog.audit.chain import Audit
from catalog.audit.reading import Shown, Wanted, read_audit
from catalog.audit.record import Event, Row
from catalog.audit.rows import rows
from catalog.catalog import Catalog
from evals.audit_actions import ACTIONS, AUDITOR, CANARY, assistant_on, open_catalog, prepare, table
from evals.bench_tampering import bench_tampering

_LATE = 0.3  # how often the sabotaged worker writes the rows it has kept back


def bench_audit(actions: int, kills: int, tamperings: int, seed: int) -> dict[str, object]:
    """Every figure, by name with its unit."""
    with TemporaryDirectory() as folder:
        root = Path(folder)
        return {
            "seed": seed,
            **bench_kills(root, actions, kills, seed),
            **bench_tampering(root / "tampering", tamperings, seed),
        }


# Kills -----------------------------------------------------------------------------------------------------------


def bench_kills(root: Path, actions: int, kills: int, seed: int) -> dict[str, object]:
    """Effects and rows after workers were killed, in `root`; the same with a sabotaged worker and export."""
    begun = time.perf_counter()
    done = _run_and_kill(root / "kills", actions, kills, seed, split=False)
    took = time.perf_counter() - begun
    catalog = open_catalog(root / "kills")
    with catalog.database.reading() as connection:
        before = time.perf_counter()
        verdict = effects.verify(connection)
        verified = time.perf_counter() - before
        lost = _lost(connection, done)
    before = time.perf_counter()
    seen = len(read_audit(catalog, [AUDITOR], Wanted(asset=table(1), limit=50)))
    who_saw = time.perf_counter() - before
    missing, extra = _missing(verdict), _extra(verdict)
    leaks, control = _canaries(catalog, root / "export.jsonl")
    catalog.database.close()
    split = root / "split"
    _run_and_kill(split, max(200, actions // 10), max(20, kills // 4), seed + 1, split=True)
    sabotaged = open_catalog(split)
    with sabotaged.database.reading() as connection:
        caught = _missing(effects.verify(connection))
    sabotaged.database.close()
    return {
        "actions_acknowledged": len(done),
        "kills": kills,
        "audit_rows": verdict.rows,
        "acknowledged_lost": lost,
        "rows_missing": missing,
        "rows_extra": extra,
        "other_breaks": len(verdict.breaks) - missing - extra,
        "control_row_outside_the_transaction_missing": caught,
        "actions_per_s": round(len(done) / took),
        "verify_s": round(verified, 2),
        "who_saw_asset_ms": round(who_saw * 1000, 1),
        "who_saw_asset_rows": seen,
        "export_canaries": leaks,
        "control_export_unfiltered_canaries": control,
    }


def _missing(verdict: verify.Verdict) -> int:
    return sum(one.writer == effects.EFFECTS for one in verdict.breaks)


def _extra(verdict: verify.Verdict) -> int:
    return sum("is gone" in one.what or "not as it w" in one.what for one in verdict.breaks)


def _lost(connection: Connection, done: list[str]) -> int:
    """Acknowledged answers that are not there."""
    held = set(connection.execute(select(tables.answers.c.answer_id)).scalars())
    return sum(one.startswith("ask ") and one[4:] not in held for one in done)


def _run_and_kill(root: Path, actions: int, kills: int, seed: int, split: bool) -> list[str]:
    """Workers one after the other until all actions are acknowledged; all but the last are killed. Returns what was."""
    root.mkdir(parents=True)
    prepare(root)
    random, killed = Random(seed), 0
    done: list[str] = []
    while len(done) < actions or killed < kills:
        share = max(1, (actions - len(done)) // max(1, kills - killed))
        life = random.randrange(0, 2 * share + 1) if killed < kills else None
        done += _one_life(root, random.randrange(2**31), life, random.random() * 0.01, actions - len(done), split)
        killed += life is not None
    return done


def _one_life(root: Path, seed: int, life: int | None, late: float, left: int, split: bool) -> list[str]:
    """One worker process, killed a random moment after its action number `life`; None: it works off what is left."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read)
        _work(root, seed, write, left if life is None else sys.maxsize, split)
        os._exit(0)
    os.close(write)
    done: list[str] = []
    with os.fdopen(read, encoding="utf-8") as acknowledged:
        if life is not None:
            while len(done) < life:
                done.append(acknowledged.readline().strip())
            time.sleep(late)
            os.kill(pid, signal.SIGKILL)
        done += [line.strip() for line in acknowledged if line.endswith("\n")]
    os.waitpid(pid, 0)
    return done


def _work(root: Path, seed: int, pipe: int, count: int, split: bool) -> None:
    """Act and acknowledge, in the child. `split`: the sabotage, rows written after the transaction of their effect."""
    random = Random(seed)
    catalog = open_catalog(root)
    apart = _Apart(catalog) if split else None
    assistant = assistant_on(catalog, root)
    number = 0
    while number < count:
        line = random.choice(ACTIONS)(assistant, random)
        if apart is not None and random.random() < _LATE:
            apart.flush()
        os.write(pipe, f"{line}\n".encode())
        number += 1


class _Apart(Audit):
    """The sabotage: keeps rows back and writes them in a transaction of their own."""

    def __init__(self, catalog: Catalog) -> None:
        super().__init__(catalog.audit.settings, catalog.clock)
        self.catalog = catalog
        self.held: list[Event] = []
        self.spans: list[tuple[int, str, dict[str, Any]]] = []
        catalog.audit = catalog._store.audit = self

    def append(self, connection: Connection, event: Event) -> Row | None:
        self.held.append(event)
        return None

    def append_changes(self, connection: Connection, after: int, kind: str, detail: Any) -> None:
        self.spans.append((after, kind, detail))

    def flush(self) -> None:
        """Write what was kept back."""
        with self.catalog.database.writing() as connection:
            for after, kind, detail in self.spans:
                super().append_changes(connection, after, kind, detail)
            for event in self.held:
                super().append(connection, event)
        self.held, self.spans = [], []


def _canaries(catalog: Catalog, target: Path) -> tuple[int, int]:
    """How often the hidden table stands in the auditor's export; and in one from which nothing is kept back."""
    with catalog.database.reading() as connection:
        unfiltered = sum(CANARY in export.line_of(Shown(row)) for row in rows(connection))
    export.export_audit(catalog, [AUDITOR], target)
    return target.read_text(encoding="utf-8").count(CANARY), unfiltered
