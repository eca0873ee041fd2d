"""Damage to the index, measured: every file of it cut, flipped and deleted, and questions asked all the same.

Each case is a fresh copy of a sound index with one file harmed, opened in another process: an answer must be the one of
the sound index, or say that the index could not be used. A process that ends is a crash. The control does without
checksums and must be caught giving wrong answers.
"""

from __future__ import annotations

import multiprocessing
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from assistant.desk import Filters
from assistant.index import SearchIndex
from assistant.names import NameFinder
from assistant.service import Asked, Assistant
from catalog.aspects import Column, Documentation, Info, Schema
from catalog.catalog import Catalog
from catalog.change import Change, Origin
from catalog.urn import dataset
from indexer.building import IndexFolders, build
from retrieval import soundness
from retrieval.chroma import open_store
from retrieval.embedder import HashingEmbedder
from retrieval.errors import GenerationUnusable
from retrieval.generation import open_current
from retrieval.vectors import snapped

HARMS = ("cut", "flip", "delete")
TOP = 10
ANSWER_SECONDS = 120
VIEWER = ("urn:li:corpuser:local",)
_WORDS = [
    "order", "customer", "invoice", "payment", "shipment", "product", "price", "stock", "return", "refund", "basket",
    "visit", "campaign", "lead", "contract", "meter", "tariff", "forecast", "plan", "budget", "ledger", "account",
    "balance", "country", "region", "store", "supplier", "employee", "shift", "ticket", "incident",
]  # fmt: skip
_AT = datetime(2026, 5, 1, tzinfo=UTC)
Answers = list[list[str]]


@dataclass(frozen=True)
class Case:
    """One harm to one file."""

    file: str  # below the index folder
    harm: str
    seed: int


def bench_damage(seeds: int, assets: int = 300, questions: int = 200, harms: Sequence[str] = HARMS) -> dict[str, Any]:
    """Figures of every file, harm and seed; `passed` says whether each is as it must be."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        asked = _make(root / "sound", assets, questions)
        index = _index_cases(root, asked, seeds, harms, checked=True)
        control = _index_cases(root, asked, min(seeds, 2), harms, checked=False)
        store = _store_cases(root, asked, seeds, harms)
    passed = not (index["wrong"] or index["crashes"] or index["silent"] or index["rebuilt_differently"])
    passed = passed and not (store["crashes"] or store["differ"]) and control["wrong"] + control["crashes"] > 0
    return {
        "questions": questions,
        "index": index,
        "vector_store": store,
        "control_without_checksums": {key: control[key] for key in ("cases", "wrong", "crashes")},
        "passed": bool(passed),
    }


# The index -------------------------------------------------------------------------------------------------------


def _make(root: Path, assets: int, questions: int) -> list[str]:
    """A catalog with an index over it; returns the questions."""
    source = random.Random(11)
    folders = _folders(root)
    catalog = Catalog(f"sqlite:///{root}/catalog.db")
    changes = []
    for number in range(assets):
        words = source.sample(_WORDS, 4)
        urn = dataset("duckdb", f"shop.{words[0]}.{words[1]}_{words[2]}_{number}")
        columns = tuple(Column(f"{word}_id") for word in source.sample(_WORDS, 5))
        origin = Origin("made", observed_at=_AT)
        text = f"One row for each {words[1]} of a {words[2]}, with its {words[3]}."
        values = (Info(kind="table", name=f"{words[1]}_{words[2]}_{number}"), Documentation(text), Schema(columns))
        changes += [Change(urn, value, origin) for value in values]
    catalog.apply(changes)
    with open_store(folders.vectors, HashingEmbedder(384)) as store:
        build(catalog, folders, HashingEmbedder(384), store.encode)
    catalog.database.close()
    return [" ".join(("which table has the", *source.sample(_WORDS, 3))) for _ in range(questions)]


def _folders(root: Path) -> IndexFolders:
    return IndexFolders(root / "index", root / "vectors", root / "build.lock")


def _index_cases(root: Path, asked: list[str], seeds: int, harms: Sequence[str], checked: bool) -> dict[str, Any]:
    counts: Counter[str] = Counter()
    with _Host(root, asked, checked) as host:
        sound = host.call("answers", str(root / "sound"))
        files = host.call("files", str(root / "sound"))
        for case in _cases(root / "sound" / "index", seeds, harms):
            harmed = _copied(root)
            harm(harmed / "index" / case.file, case)
            counts["cases"] += 1
            counts.update(_judged(host, harmed, sound))
            if checked and case.seed == 0:
                counts["rebuilt_differently"] += host.call("rebuilt", str(harmed)) != files
                counts["rebuilt"] += 1
                counts.update(_while_open(host, root, case, sound))
        if checked:  # the last one, made again, is asked everything
            host.call("rebuilt", str(root / "harmed"))
            counts["rebuilt_differently"] += host.call("answers", str(root / "harmed")) != sound
    names = ("cases", "detected", "same", "wrong", "silent", "crashes", "rebuilt", "rebuilt_differently", "while_open")
    return {name: counts[name] for name in names}


def _judged(host: _Host, harmed: Path, sound: Any) -> list[str]:
    found = host.call("answers", str(harmed))
    if found is None:
        return ["crashes"]
    if found == sound:
        return ["same"]
    if isinstance(found, str):
        return ["detected"] if "search index" in found else ["silent"]
    return ["wrong"]


def _while_open(host: _Host, root: Path, case: Case, sound: Any) -> list[str]:
    """Harm to files that a running process has open: it goes on answering as before, or says so."""
    harmed = _copied(root)
    host.call("open", str(harmed))
    harm(harmed / "index" / case.file, case)
    found = host.call("again", str(harmed))
    kind = "crashes" if found is None else "while_open" if found == sound or isinstance(found, str) else "wrong"
    return [kind]


def _cases(folder: Path, seeds: int, harms: Sequence[str]) -> Iterator[Case]:
    files = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    for file in files:
        for kind in harms:
            for seed in range(1 if kind == "delete" else seeds):
                yield Case(file, kind, seed)


def _copied(root: Path) -> Path:
    harmed = root / "harmed"
    shutil.rmtree(harmed, ignore_errors=True)
    shutil.copytree(root / "sound", harmed)
    return harmed


def harm(path: Path, case: Case) -> None:
    """Cut a file at some byte, flip one bit of it, or delete it."""
    source = random.Random(f"{case.file} {case.harm} {case.seed}")
    if case.harm == "delete":
        path.unlink()
        return
    data = bytearray(path.read_bytes())
    if case.harm == "cut":
        del data[source.randrange(max(len(data), 1)) :]
    elif data:
        data[source.randrange(len(data))] ^= 1 << source.randrange(8)
    with path.open("r+b") as file:  # in place: whoever has the file open meets it
        file.truncate(0)
        file.write(data)


# The vector store ------------------------------------------------------------------------------------------------


def _store_cases(root: Path, asked: list[str], seeds: int, harms: Sequence[str]) -> dict[str, Any]:
    """Harm to Chroma's files, then an index run that needs them."""
    counts: Counter[str] = Counter()
    with _Host(root, asked, checked=True) as host:
        sound = host.call("files", str(root / "sound"))
        for case in _cases(root / "sound" / "vectors", seeds, harms):
            harmed = _copied(root)
            harm(harmed / "vectors" / case.file, case)
            shutil.rmtree(harmed / "index")
            found = host.call("rebuilt with vectors", str(harmed))
            counts["cases"] += 1
            counts["crashes"] += found is None
            counts["differ"] += found is not None and found != sound
    return {name: counts[name] for name in ("cases", "crashes", "differ")}


# The other process -----------------------------------------------------------------------------------------------


class _Host:
    """A process that opens indexes and answers; begun again when it ends."""

    def __init__(self, root: Path, asked: list[str], checked: bool) -> None:
        self._arguments = (asked, checked)
        self._context = multiprocessing.get_context("spawn")
        self._root = root

    def __enter__(self) -> _Host:
        self._begin()
        return self

    def __exit__(self, *_: object) -> None:
        self._pipe.close()
        self._process.join(20)
        if self._process.is_alive():
            self._process.kill()

    def _begin(self) -> None:
        self._pipe, other = self._context.Pipe()
        self._process = self._context.Process(target=_serve, args=(other, *self._arguments), daemon=True)
        self._process.start()
        other.close()

    def call(self, what: str, folder: str) -> Any:
        """What the process says; None when it ended instead."""
        try:
            self._pipe.send((what, folder))
            if not self._pipe.poll(ANSWER_SECONDS):
                raise EOFError("no answer")
            return self._pipe.recv()
        except (EOFError, OSError):
            self._process.kill()
            self._process.join()
            self._begin()
            return None


def _serve(pipe: Connection, asked: list[str], checked: bool) -> None:
    if not checked:
        soundness._compare = lambda path, sound: None
    held: dict[str, Assistant] = {}
    while True:
        try:
            what, folder = pipe.recv()
        except EOFError:
            return
        root = Path(folder)
        if what.startswith("rebuilt"):
            _rebuild(root, what.endswith("vectors"))
        if what != "again":
            held = {folder: _assistant(root)}
        if what == "open":
            held[folder].finder(held[folder].view(VIEWER))
        pipe.send(_answers(held[folder], asked) if what in ("answers", "again") else _files(root))


def _files(root: Path) -> dict[str, tuple[int, int]] | str:
    """Sizes and checksums of all arrays of the current generation: where these are equal, so is every answer."""
    try:
        return dict(open_current(root / "index").manifest.files)
    except GenerationUnusable as error:
        return str(error)


def _assistant(root: Path) -> Assistant:
    catalog = Catalog(f"sqlite:///{root}/catalog.db")
    index = SearchIndex(catalog, root / "index", lambda: HashingEmbedder(384))
    return Assistant(catalog, index, lambda: _AT)


def _rebuild(root: Path, vectors: bool) -> None:
    """What `docent index` does with unchanged sources: a generation that cannot be used is made again."""
    catalog = Catalog(f"sqlite:///{root}/catalog.db")
    embedder = HashingEmbedder(384)
    if vectors:
        with open_store(_folders(root).vectors, embedder) as store:
            build(catalog, _folders(root), embedder, store.encode)
    else:
        build(catalog, _folders(root), embedder, lambda texts: snapped(embedder.encode(texts)))
    catalog.database.close()


def _answers(assistant: Assistant, asked: Sequence[str]) -> Answers | str:
    """The first ten of each question; or, where the index cannot be used, what an answer says of it."""
    view = assistant.view(VIEWER)
    finder = assistant.finder(view)
    if isinstance(finder, NameFinder):
        answer = assistant.ask(Asked(asked[0], VIEWER, skill="find"))
        return "; ".join(answer.draft.coverage.missing) or "nothing is said"
    lacking = finder.complete()
    if lacking:
        return "; ".join(lacking)
    return [[f"{one.urn} {one.score:.6f}" for one in finder.search(text, Filters(), TOP)] for text in asked]
