"""Vectors outlive a build, and only one process at a time may touch them."""

import multiprocessing
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from retrieval.chroma import open_store
from retrieval.embedder import HashingEmbedder
from retrieval.errors import VectorStoreUnusable

pytest.importorskip("chromadb")
TEXTS = ["orders", "customers", "orders", "shipments"]


def hold(folder: Path, held: Sequence[object]) -> None:
    ready, done = held
    with open_store(folder, HashingEmbedder()):
        ready.set()  # type: ignore[attr-defined]
        done.wait(20)  # type: ignore[attr-defined]


def test_texts_are_encoded_once_in_their_life(tmp_path: Path) -> None:
    embedder = HashingEmbedder()
    with open_store(tmp_path, embedder) as store:
        first = store.encode(TEXTS)
        assert (store.reuse.encoded, store.count()) == (3, 3)
    with open_store(tmp_path, embedder) as store:
        again = store.encode([*TEXTS, "payments"])
        assert (store.reuse.reused, store.reuse.encoded) == (3, 1)
    assert np.array_equal(first, again[:4])
    assert np.allclose(first, embedder.encode(TEXTS), atol=2e-4)


def test_models_do_not_share_vectors(tmp_path: Path) -> None:
    with open_store(tmp_path, HashingEmbedder(64)) as store:
        store.encode(TEXTS)
    with open_store(tmp_path, HashingEmbedder(128)) as store:
        assert store.encode(TEXTS).shape == (4, 128)
        assert store.reuse.reused == 0


def test_a_second_process_is_told_to_wait(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ready, done = context.Event(), context.Event()
    other = context.Process(target=hold, args=(tmp_path, (ready, done)))
    other.start()
    try:
        assert ready.wait(30)
        with pytest.raises(VectorStoreUnusable, match="held by another"), open_store(tmp_path, HashingEmbedder()):
            pass
    finally:
        done.set()
        other.join(20)


def test_a_damaged_store_is_begun_anew(tmp_path: Path) -> None:
    folder = tmp_path / "chroma-1"
    folder.mkdir()
    (folder / "chroma.sqlite3").write_bytes(b"this is no database" * 100)
    with open_store(tmp_path, HashingEmbedder()) as store:
        assert store.encode(["orders"]).shape == (1, 128)
        assert store.count() == 1


def test_a_store_that_fails_under_way_costs_no_build(tmp_path: Path) -> None:
    with open_store(tmp_path, HashingEmbedder()) as store:
        store.encode(["orders"])
        store._collection = None  # as after a failure inside Chroma
        store._errors = (AttributeError,)
        assert store.encode(TEXTS).shape == (4, 128)
        assert store.damaged
    with open_store(tmp_path, HashingEmbedder()) as store:
        assert store.count() == 0
