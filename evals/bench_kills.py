"""Killing, measured: processes that write, answer and build the index, ended by SIGKILL at random moments.

The parent knows what was acknowledged. After each kill: everything acknowledged is there, once; what was not is there
whole or not at all; the index can be used or is made again; and the next process is ready soon. Each control breaks one
promise on purpose (acknowledges before writing, applies events again, writes an event in two transactions) and must be
caught.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from assistant.index import SearchIndex
from assistant.service import Asked, Assistant
from catalog import tables
from catalog.aspects import Documentation, Info, Tags
from catalog.catalog import Catalog
from catalog.change import Change, Origin
from catalog.database import now
from catalog.history import Point, add, live
from catalog.reader import read_points
from catalog.store import Store, read_state
from indexer.building import IndexFolders, build
from retrieval.chroma import open_store
from retrieval.embedder import HashingEmbedder
from retrieval.errors import GenerationUnusable, VectorStoreUnusable
from retrieval.generation import open_current, verify

CONTROLS = ("ack-early", "no-dedupe", "torn")
CONTROL_KILLS = 60
"""At most so many kills until a control is caught; nearly every kill catches one."""
EVENT = 5  # changes of one event, which stand or fall together
LONGEST = 0.4  # seconds of work before a kill: many transactions, several answers, a build or two
REDELIVERED = 2  # events that come again after a restart although they were acknowledged
WITH_VECTORS = 6  # in one of so many rounds the builder uses the vector store, and is killed only after a first build
FULL_CHECK = 25  # kills between two comparisons of the whole state
VIEWER = ("urn:li:corpuser:local",)


@dataclass
class Ledger:
    """What the parent knows and what it found."""

    events: list[int] = field(default_factory=list)  # acknowledged
    answers: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    ready: list[float] = field(default_factory=list)

    @property
    def broken(self) -> int:
        """Promises not kept."""
        return sum(self.counts[name] for name in ("lost", "duplicated", "half_applied", "wrong_state", "index_wrong"))


def bench_kills(kills: int, seed: int = 5, controls: Sequence[str] = CONTROLS) -> dict[str, Any]:
    """Figures of so many kills, and whether each control was caught."""
    report = _run(kills, seed, "")
    report["controls"] = {}
    for control in controls:
        done = _run(min(kills, CONTROL_KILLS), seed, control)
        report["controls"][control] = {"kills": done["kills"], "caught": done["broken"] > 0}
    caught = all(one["caught"] for one in report["controls"].values())
    report["passed"] = bool(not report["broken"] and report["restart_ready_max_s"] < 10 and caught)
    return report


def _run(kills: int, seed: int, control: str) -> dict[str, Any]:
    source = random.Random(seed)
    ledger = Ledger()
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["evals.bench_kills", "chromadb"])
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "company"
        (root / ".docent").mkdir(parents=True)
        (root / "docent.toml").write_text('[workspace]\nname = "company"\n', encoding="utf-8")
        _catalog(root).database.close()
        done = 0
        while done < kills and not (control and ledger.broken):
            _round(context, root, ledger, source, control, not control and done % WITH_VECTORS == 1)
            done += 1
            if done % FULL_CHECK == 0 or done == kills:
                _check_state(root, ledger)
        cold = [_cold_start(root) for _ in range(3)] if not control else [0.0]
    counts = ledger.counts
    return {
        "kills": done,
        "acknowledged_events": len(ledger.events),
        "acknowledged_answers": len(ledger.answers),
        **{name: counts[name] for name in ("lost", "duplicated", "half_applied", "wrong_state", "index_wrong")},
        "unacknowledged_but_whole": counts["whole"],
        "index_made_again": counts["index_unusable"],
        "generations_built": counts["built"],
        "rounds_with_vector_store": counts["built_with_vectors"],
        "broken": ledger.broken,
        "restart_ready_max_s": round(max(ledger.ready, default=0.0), 2),
        "cold_start_and_answer_max_s": round(max(cold), 2),
    }


def _round(context: Any, root: Path, ledger: Ledger, source: random.Random, control: str, vectors: bool) -> None:
    """Start a writer and a builder, let them work for a moment, kill both, look."""
    first = ledger.events[-1] + 1 if ledger.events else 0
    begun = time.perf_counter()
    pipes, processes = [], []
    for work, argument in ((_write, first), (_build, int(vectors))):
        pipe, other = context.Pipe(duplex=False)
        process = context.Process(target=work, args=(other, str(root), argument, control), daemon=True)
        process.start()
        other.close()
        pipes.append(pipe)
        processes.append(process)
    fresh: list[int] = []
    answered: list[str] = []
    _hear(pipes[0], begun + 60, fresh, answered, ledger, until_ready=True)
    ledger.ready.append(time.perf_counter() - begun)
    if vectors and pipes[1].poll(60):
        ledger.counts["built_with_vectors"] += 1
    deadline = time.perf_counter() + source.uniform(0, LONGEST)
    _hear(pipes[0], deadline, fresh, answered, ledger)
    for process in processes:
        os.kill(process.pid, signal.SIGKILL)
    for process in processes:
        process.join()
    for pipe in pipes:
        _hear(pipe, float("inf"), fresh, answered, ledger)
        pipe.close()
    _check(root, ledger, fresh, answered, first)


def _hear(
    pipe: Connection,
    deadline: float,
    fresh: list[int],
    answered: list[str],
    ledger: Ledger,
    until_ready: bool = False,
) -> None:
    """Take acknowledgements until a time, or until the pipe ends."""
    while (left := deadline - time.perf_counter()) > 0:
        try:
            if not pipe.poll(None if left == float("inf") else left):
                return
            what, value = pipe.recv()
        except (EOFError, OSError):
            return
        if what == "event":
            fresh.append(value)
        elif what == "answer":
            answered.append(value)
        elif what == "built":
            ledger.counts["built"] += 1
        elif until_ready:
            return


# What is checked -------------------------------------------------------------------------------------------------


def _check(root: Path, ledger: Ledger, fresh: list[int], answered: list[str], first: int) -> None:
    """The events of this round, and the one after the last acknowledged, which may be there whole."""
    catalog = _catalog(root)
    last = max(fresh, default=first - 1)
    with catalog.database.reading() as connection:
        for number in range(max(first - REDELIVERED, 0), last + 2):
            held = _rows_of(connection, number)
            if number <= last:
                ledger.counts["lost"] += not held
            else:
                ledger.counts["whole"] += held == EVENT
            ledger.counts["half_applied"] += 0 < held < EVENT
            ledger.counts["duplicated"] += held > EVENT
        a = tables.answers.c
        there = Counter(connection.execute(select(a.answer_id).where(a.answer_id.in_(answered))).scalars())
    ledger.counts["lost"] += sum(1 for one in answered if not there[one])
    ledger.events += [number for number in fresh if number >= first]
    ledger.answers += answered
    catalog.database.close()
    try:
        verify(open_current(root / ".docent" / "index"))
    except GenerationUnusable:
        ledger.counts["index_unusable"] += 1  # the next builder makes it


def _rows_of(connection: Any, number: int) -> int:
    """Points of one event: each of its assets has one."""
    urns = [change.urn for change in event(number)]
    return sum(
        connection.execute(select(func.count()).select_from(t).where(t.c.urn.in_(urns))).scalar() or 0
        for t in (tables.history, tables.sightings)
    )


def _check_state(root: Path, ledger: Ledger) -> None:
    """Everything ever acknowledged is there; the state hash and what is current are what the points say."""
    catalog = _catalog(root)
    with catalog.database.reading() as connection:
        said = live(read_points(connection, None))
        c = tables.current.c
        current = {tuple(row) for row in connection.execute(select(c.urn, c.aspect, c.source, c.digest).where(c.live))}
        state = read_state(connection)
        assets = set(connection.execute(select(tables.assets.c.urn)).scalars())
        ids = set(connection.execute(select(tables.answers.c.answer_id)).scalars())
    wanted = {(p.urn, p.aspect, p.source, p.digest) for p in said}
    hashed = add(0, (Point(p.urn, p.aspect, p.source, 0, p.digest) for p in said))
    whole = wanted == current and hashed == state and assets == {p.urn for p in said}
    ledger.counts["wrong_state"] += not whole
    urns = {p.urn for p in said}
    ledger.counts["lost"] += sum(1 for n in ledger.events if any(change.urn not in urns for change in event(n)))
    ledger.counts["lost"] += sum(1 for one in ledger.answers if one not in ids)
    folders = _folders(root)
    try:  # a builder that is let finish makes an index of all of it
        _build_once(catalog, folders)
        verify(open_current(folders.index))
        finder_knows = {*open_current(folders.index).segment.urns.all()}
        ledger.counts["index_wrong"] += finder_knows != urns
    finally:
        catalog.database.close()


def _cold_start(root: Path) -> float:
    """Seconds of a new interpreter that opens the workspace and answers a question."""
    program = f"from docent import Docent; Docent.open({str(root)!r}).ask('which table has the orders?')"
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", program], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


# The processes that are killed -----------------------------------------------------------------------------------


def event(number: int) -> list[Change]:
    """One event: a value for each of five assets of its own, at the time of applying."""
    values = (Info(kind="table", name=f"orders {number}"), Documentation(f"Orders of {number}."), Tags((f"t{number}",)))
    origin = Origin("stream", "topic", str(number), event_id=f"event-{number}")
    return [Change(f"urn:li:tag:event-{number}-{i}", values[i % len(values)], origin) for i in range(EVENT)]


def _write(pipe: Connection, root: str, first: int, control: str) -> None:
    """Apply events and answer questions, acknowledging each. Some come again, as from any broker after a failure."""
    if control == "no-dedupe":
        Store._drop_known_events = lambda self, connection, incoming, recorded: incoming  # type: ignore[method-assign]
    catalog = _catalog(Path(root))
    index = SearchIndex(catalog, _folders(Path(root)).index, lambda: HashingEmbedder(64))
    assistant = Assistant(catalog, index, now)
    assistant.ask(Asked("which table has the orders?", VIEWER))
    pipe.send(("ready", 0))
    number = max(first - REDELIVERED, 0)
    while True:
        if control == "ack-early":
            pipe.send(("event", number))
        changes = event(number)
        if control == "torn":
            catalog.apply([Change(c.urn, c.value, Origin("stream", "topic", "")) for c in changes[:2]])
            changes = changes[2:]
        catalog.apply(changes)
        if control != "ack-early":
            pipe.send(("event", number))
        if number % 5 == 0:
            answer = assistant.ask(Asked(f"what is orders {number}?", VIEWER))
            pipe.send(("answer", answer.answer_id))
        number += 1


def _build(pipe: Connection, root: str, vectors: int, _control: str) -> None:
    catalog, folders = _catalog(Path(root)), _folders(Path(root))
    while True:
        _build_once(catalog, folders, bool(vectors))
        pipe.send(("built", 0))


def _build_once(catalog: Catalog, folders: IndexFolders, vectors: bool = True) -> None:
    embedder = HashingEmbedder(64)
    if not vectors:
        build(catalog, folders, embedder, None)
        return
    try:
        with open_store(folders.vectors, embedder) as store:
            build(catalog, folders, embedder, store.encode)
    except VectorStoreUnusable:  # still held by the process that looks through the store of a killed one
        build(catalog, folders, embedder, None)


def _catalog(root: Path) -> Catalog:
    return Catalog(f"sqlite:///{root}/.docent/catalog.db")


def _folders(root: Path) -> IndexFolders:
    state = root / ".docent"
    return IndexFolders(state / "index", state / "vectors", state / "build.lock")
