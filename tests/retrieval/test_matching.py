"""Word scores equal the formula, and hidden assets leave no trace in them."""

import math
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from retrieval_catalogs import SHOP, table

from retrieval.analyzer import Analyzer
from retrieval.document import FIELDS, Document
from retrieval.embedder import HashingEmbedder
from retrieval.generation import build_generation
from retrieval.matching import match
from retrieval.search import Searcher
from retrieval.snapshot import FIELD_WEIGHTS, Snapshot
from retrieval.visible import Visible

EVERYTHING = Visible.everything()


def plain_bm25f(documents: list[Document], analyzer: Analyzer, term: str) -> list[float]:
    """The formula written out for one term."""
    analysed = [[[analyzer.terms(text) for text in texts] for texts in d.field_texts()] for d in documents]
    counts = [[sum(list(terms).count(term) for terms, _ in field) for field in d] for d in analysed]
    lengths = [[sum(written for _, written in field) for field in d] for d in analysed]
    means = [sum(row[f] for row in lengths) / len(documents) or 1.0 for f in range(len(FIELDS))]
    holding = sum(1 for row in counts if any(row))
    weight = math.log(1 + (len(documents) - holding + 0.5) / (holding + 0.5))
    found = []
    for row, length in zip(counts, lengths, strict=True):
        frequency = sum(
            float(w) * c / (0.25 + 0.75 * n / m) for w, c, n, m in zip(FIELD_WEIGHTS, row, length, means, strict=True)
        )
        found.append(weight * 2.2 * frequency / (1.2 + frequency))
    return found


def test_word_scores_follow_the_formula(tmp_path: Path) -> None:
    documents = sorted(SHOP, key=lambda d: d.urn)
    generation = build_generation(tmp_path, documents)
    snapshot = Snapshot(generation)
    (word,) = generation.analyzer.query("orders")
    found = match(snapshot, snapshot.scope(EVERYTHING), [word]).words
    assert np.allclose(found, plain_bm25f(documents, generation.analyzer, word.terms[0][0]), rtol=1e-5)


WORDS = st.sampled_from(["order", "customer", "amount", "email", "cust", "total", "city", "fct", "payment", "id"])
NAMES = st.lists(WORDS, min_size=1, max_size=3).map("_".join)
TABLES = st.lists(st.tuples(NAMES, st.lists(NAMES, max_size=5), st.booleans()), min_size=2, max_size=9)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=TABLES, question=st.lists(WORDS, min_size=1, max_size=5).map(" ".join))
def test_a_world_with_a_hidden_asset_answers_like_one_without(
    drawn: list[tuple[str, list[str], bool]], question: str, tmp_path: Path
) -> None:
    documents = [
        table(name, *columns, urn=f"urn:{i}", path=("db", name.split("_")[0]), public=not hidden)
        for i, (name, columns, hidden) in enumerate(drawn)
    ]
    shown = [d for d in documents if d.public]
    seen = Visible.only("some", [d.urn for d in shown])
    embedder = HashingEmbedder()
    answers = []
    for place, catalog in (("with", documents), ("without", shown)):
        searcher = Searcher(build_generation(tmp_path / place, catalog, embedder=embedder), embedder)
        found = searcher.search(question, seen)
        answers.append((found.results, found.total, found.searched, found.complete))
    assert answers[0] == answers[1]


def test_a_hidden_change_since_the_generation_leaves_no_trace(tmp_path: Path) -> None:
    searcher = Searcher(build_generation(tmp_path, SHOP))
    seen = Visible.only("shop", [d.urn for d in SHOP])
    before = searcher.search("orders of a customer", seen)
    after = searcher.with_changes([table("secret_customer_orders", urn="urn:0secret")]).search(
        "orders of a customer", seen
    )
    assert before.results == after.results
    assert before.total == after.total


def test_a_change_counts_like_an_asset_of_the_generation(tmp_path: Path) -> None:
    embedder = HashingEmbedder()
    whole = Searcher(build_generation(tmp_path / "whole", SHOP, embedder=embedder), embedder)
    part = Searcher(build_generation(tmp_path / "part", SHOP[:-3], embedder=embedder), embedder)
    for question in ("orders of a customer", "who is ana", "revenue"):
        one = whole.search(question, EVERYTHING)
        other = part.with_changes(SHOP[-3:]).search(question, EVERYTHING)
        assert [r.urn for r in one.results] == [r.urn for r in other.results]
        assert np.allclose([r.score for r in one.results], [r.score for r in other.results], atol=1e-6)
