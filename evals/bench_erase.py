"""Erasing, measured: victims with tokens in every text field, then every byte of every file read for them.

A workspace with sources on disk, a search index, vectors, answers and feedback. Half the victims are people, half are
tables; bystanders name them in owners, lineage, incidents, SQL and running text. The reading here is of its own making:
it shares nothing with the proof that `docent erase` prints. Each control leaves one step of cleaning out on purpose
and must be caught.
"""

from __future__ import annotations

import json
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from catalog.aspects import (
    Column,
    ColumnEdge,
    Documentation,
    ExampleQuery,
    ForeignKey,
    Incident,
    Incidents,
    Info,
    Lineage,
    Logic,
    Owner,
    Ownership,
    Person,
    Queries,
    Schema,
    Upstream,
    Usage,
)  # fmt: skip
from catalog.catalog import Catalog
from catalog.change import Change, Origin
from catalog.database import now
from catalog.urn import dataset
from evals.canaries import Canaries, numbers_in
from indexer.building import IndexFolders
from indexer.documents import documents
from retrieval.embedder import Embedder
from retrieval.generation import open_current
from retrieval.vectors import asset_texts, snapped

CONTROLS = ("log", "vectors", "generations")
"""Steps of cleaning that a control leaves out: the database's log, the vector store, older generations."""
BYSTANDERS = 20
"""Who are not erased and must still be found: else the reading reads nothing."""


@dataclass
class World:
    """The company: who is who, and what its sources say."""

    people: dict[int, str] = field(default_factory=dict)  # number to URN
    tables: dict[int, str] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    knowledge: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {"people": [], "tables": []})
    names: dict[int, str] = field(default_factory=dict)


class Erased(Protocol):
    """What the measured program reports of an erasure."""

    @property
    def residues(self) -> int: ...
    @property
    def strings(self) -> int: ...
    @property
    def vectors(self) -> int: ...
    @property
    def counts(self) -> dict[str, int]: ...


class Program(Protocol):
    """The measured program over one workspace: `docent.measured.Measured`."""

    @property
    def catalog(self) -> Catalog: ...
    @property
    def folders(self) -> IndexFolders: ...
    @property
    def state_folder(self) -> Path: ...

    def bring_up(self) -> None:
        """Read all sources and make the index, with what is there."""

    def talk(self, question: str, viewer: str | None) -> None:
        """Ask and search."""

    def encoder(self) -> Embedder:
        """The model that the index is made with."""
        ...

    def erase(self, names: Sequence[str], leave: Sequence[str]) -> Erased:
        """Erase for good; `leave`: steps of cleaning left out."""
        ...


Opener = Callable[[Path], AbstractContextManager[Program]]


def bench_erase(victims: int, open_program: Opener, seed: int = 7) -> dict[str, Any]:
    """Figures of one erasure of so many victims, and of the controls, each in a workspace of its own."""
    report = _run(victims, open_program, seed, ())
    report["controls"] = {}
    for control in CONTROLS:
        done = _run(victims, open_program, seed, (control,))
        report["controls"][control] = {"residues": done["residues"], "caught": done["residues"] > 0}
    report["passed"] = bool(
        not report["residues"]
        and not report["reappeared"]
        and report["before"]["victims_found"] == victims
        and report["bystanders_found"] == 2 * BYSTANDERS
        and all(one["caught"] for one in report["controls"].values())
    )
    return report


def _run(victims: int, open_program: Opener, seed: int, leave: Sequence[str]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "company"
        root.mkdir()
        world = make_world(victims, seed)
        _write_sources(root, world)
        with open_program(root) as program:
            return _measure(program, world, victims, leave)


def _measure(program: Program, world: World, victims: int, leave: Sequence[str]) -> dict[str, Any]:
    chosen = [n for kind in (world.people, world.tables) for n in sorted(kind)[: victims // 2]]
    program.bring_up()
    program.catalog.apply(world.changes)
    program.bring_up()
    _talk(program, world, chosen)
    needles = _vectors(program, world, chosen)
    before = scan(program, chosen, needles)
    begun = time.perf_counter()
    names = [world.people.get(n) or world.tables[n] for n in chosen]
    done = program.erase(names, leave)
    seconds = time.perf_counter() - begun
    after = scan(program, chosen, needles)
    report = {
        "victims": len(chosen),
        "before": {"victims_found": len(before.texts), "vectors_found": before.vectors, "vectors": len(needles)},
        "residues": sum(after.texts.values()) + after.vectors,
        "residue_files": dict(after.files),
        "bystanders_found": after.bystanders,
        "files": after.read,
        "bytes": after.bytes,
        "own_proof": {"residues": done.residues, "strings": done.strings, "vectors": done.vectors},
        "counts": done.counts,
        "seconds": round(seconds, 1),
    }
    if not leave:
        program.bring_up()  # the same files on disk, which still name everybody
        program.catalog.apply(world.changes)
        program.bring_up()
        again = scan(program, chosen, needles)
        report["reappeared"] = sum(again.texts.values()) + again.vectors
    return report


# The company -----------------------------------------------------------------------------------------------------


def make_world(victims: int, seed: int) -> World:
    """People and tables, the first of each to be erased; bystanders speak of all of them."""
    source = random.Random(seed)
    world = World()
    half = victims // 2 + BYSTANDERS
    for number in range(half):
        _add_person(world, number, Canaries(number, source))
    for number in range(1000, 1000 + half):
        _add_table(world, number, Canaries(number, source))
    for index, (person, table) in enumerate(zip(sorted(world.people), sorted(world.tables), strict=True)):
        _add_bystander(world, index, person, table)
    return world


def _say(world: World, urn: str, *values: Any) -> None:
    origin = Origin("events", "events", f"nodes.{urn}", observed_at=now())
    world.changes += [Change(urn, value, origin) for value in values]


def _add_person(world: World, number: int, canaries: Canaries) -> None:
    ident, first, last = (canaries.token() for _ in range(3))
    urn = f"urn:li:corpuser:{ident}"
    world.people[number], world.names[number] = urn, f"{first} {last}"
    mail = f"{canaries.token()}@company.example"
    entry = {"id": ident, "name": f"{first} {last}", "email": mail, "title": f"Head of {canaries.token()}"}
    world.knowledge["people"].append(entry)
    described = Person(
        f"{first} {last}", mail, f"Lead of {canaries.token()}", canaries.token(), teams=(canaries.token(),)
    )
    held = [value for value in canaries.aspects() if not isinstance(value, Person)]
    _say(world, urn, described, *held)


def _add_table(world: World, number: int, canaries: Canaries) -> None:
    name, column = f"t_{canaries.token()}", f"c_{canaries.token()}"
    qualified = f"shop.{canaries.token()}.{name}"
    urn = dataset("duckdb", qualified)
    world.tables[number], world.names[number] = urn, f"{qualified} {column}"
    world.knowledge["tables"].append(
        {
            "id": f"duckdb:{qualified}",
            "description": f"Keeps {canaries.token()}.",
            "columns": [{"name": column, "type": "int", "description": f"Counts {canaries.token()}."}],
        }
    )
    held = [value for value in canaries.aspects() if not isinstance(value, Info)]
    _say(world, urn, Info(kind="table", name=name, qualified_name=qualified), *held)


def _add_bystander(world: World, index: int, person: int, table: int) -> None:
    """A table of nobody's, whose records name a person and a table in every way there is."""
    urn = dataset("duckdb", f"shop.reports.report_{index:04d}")
    who, what = world.people[person], world.tables[table]
    qualified, column = world.names[table].split(" ")
    ident = who.rpartition(":")[2]
    _say(
        world,
        urn,
        Info(kind="table", name=f"report_{index:04d}", modified_by=ident),
        Documentation(f"Weekly report {index}. Ask {world.names[person]} ({ident}); reads {qualified}, {column}."),
        Ownership((Owner(who),)),
        Usage(queries=index, top_users=((who, 3),)),
        Incidents((Incident(f"late {index}", owner=who, note=f"{world.names[person]} looks at it"),)),
        Lineage((Upstream(what),), (ColumnEdge(what, column, "total", expression=f"sum({column})"),)),
        Schema((Column("total"),), (ForeignKey(("total",), what, (column,)),)),
        Logic(f'select sum("{column}") as total from {qualified}'),
        Queries((ExampleQuery(f"select {column} from {qualified} limit {index}", by=ident),)),
    )


def _write_sources(root: Path, world: World) -> None:
    """What the files connector reads, by which the erased must not come back."""
    (root / "knowledge").mkdir()
    (root / "knowledge" / "all.yaml").write_text(json.dumps(world.knowledge), encoding="utf-8")  # JSON is YAML
    (root / "docent.toml").write_text('[[source]]\nname = "files"\ntype = "files"\npath = "knowledge"\n', "utf-8")


def _talk(program: Program, world: World, chosen: Sequence[int]) -> None:
    """Questions by and about some of the victims."""
    for number in chosen[::10]:
        name = world.names[number].split(" ")[0]
        program.talk(f"who owns {name}?", world.people.get(number))


# Reading every byte ----------------------------------------------------------------------------------------------


@dataclass
class Scan:
    """What was read and found: tokens by victim, vectors, files with residues, and bystanders."""

    texts: Counter[int] = field(default_factory=Counter)
    vectors: int = 0
    files: Counter[str] = field(default_factory=Counter)
    bystanders: int = 0
    read: int = 0
    bytes: int = 0


def _vectors(program: Program, world: World, chosen: Sequence[int]) -> list[bytes]:
    """The stored bytes of the vectors of the victims' texts, as the store writes them."""
    urns = {world.people.get(n) or world.tables[n] for n in chosen}
    analyzer = open_current(program.folders.index).analyzer
    texts = sorted({t for d in documents(program.catalog) if d.urn in urns for t in asset_texts(d, analyzer)})
    rows: NDArray[np.float32] = snapped(program.encoder().encode(texts))
    return [row.astype("<f4").tobytes() for row in rows]


def scan(program: Program, chosen: Sequence[int], needles: Sequence[bytes]) -> Scan:
    """Every file below the state folder, whole."""
    wanted, found = set(chosen), Scan()
    others: set[int] = set()
    for path in sorted(program.state_folder.rglob("*")):
        if not path.is_file():
            continue
        data = path.name.encode() + b"\n" + path.read_bytes()
        found.read += 1
        found.bytes += len(data)
        numbers = numbers_in(data)
        others |= set(numbers) - wanted
        hits = [number for number in numbers if number in wanted]
        vectors = sum(_holds(data, needle) for needle in needles)
        found.texts.update(hits)
        found.vectors += vectors
        if hits or vectors:
            found.files[path.name] += len(hits) + vectors
    found.bystanders = len(others)
    return found


def _holds(data: bytes, vector: bytes) -> bool:
    """Whether any quarter of a vector stands in the data: a database cuts long values in pieces."""
    quarter = len(vector) // 4
    return any(data.find(vector[i * quarter : (i + 1) * quarter]) >= 0 for i in range(4))
