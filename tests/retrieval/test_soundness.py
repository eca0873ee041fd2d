"""Damage is told before it is used, also in large generations and in vector stores; renewal leaves nothing behind."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from retrieval_catalogs import SHOP, table

from retrieval import soundness
from retrieval.chroma import newest, open_store
from retrieval.embedder import HashingEmbedder
from retrieval.errors import GenerationUnusable
from retrieval.generation import build_generation, open_current
from retrieval.renewal import drop_other_generations, renewed_store


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("name", ["vectors.name.npy", "signs.columns.npy", "words.docs.npy", "manifest.json"])
def test_one_flipped_bit_is_told_on_opening(tmp_path: Path, name: str) -> None:
    flip(build_generation(tmp_path, SHOP, embedder=HashingEmbedder()).folder / name)
    with pytest.raises(GenerationUnusable, match="Rebuild"):
        open_current(tmp_path)


def test_a_pointer_that_leads_to_another_generation_is_refused(tmp_path: Path) -> None:
    build_generation(tmp_path, SHOP)
    pointer = tmp_path / "CURRENT"
    older = pointer.read_text().split(" ")[0]
    build_generation(tmp_path, [table("invoices")])
    pointer.write_text(f"{older} {pointer.read_text().split(' ')[1]}")
    with pytest.raises(GenerationUnusable, match="not the manifest that CURRENT names"):
        open_current(tmp_path)


def test_a_small_index_in_use_is_out_of_reach_of_its_files(tmp_path: Path) -> None:
    generation = build_generation(tmp_path, SHOP, embedder=HashingEmbedder())
    before = generation.segment.vectors["name"].copy()
    for path in generation.folder.iterdir():
        with path.open("r+b") as file:
            file.truncate(0)
    assert np.array_equal(generation.segment.vectors["name"], before)


def test_a_large_index_is_given_up_when_the_background_finds_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = build_generation(tmp_path, SHOP, embedder=HashingEmbedder()).folder
    monkeypatch.setattr(soundness, "IN_MEMORY", 0)
    monkeypatch.setattr(soundness, "AT_ONCE", 0)
    sound = open_current(tmp_path)
    assert sound.checking is not None
    sound.checking.thread.join()
    sound.assert_sound()
    flip(folder / "vectors.columns.npy")
    damaged = open_current(tmp_path)
    assert damaged.checking is not None
    damaged.checking.thread.join()
    with pytest.raises(GenerationUnusable, match=r"vectors.columns.npy.*Rebuild"):
        damaged.assert_sound()


def test_a_store_that_changed_while_it_was_closed_is_begun_anew(tmp_path: Path) -> None:
    pytest.importorskip("chromadb")
    with open_store(tmp_path, HashingEmbedder()) as store:
        store.encode(["orders", "customers"])
    first = newest(tmp_path)
    flip(first / "chroma.sqlite3")
    with open_store(tmp_path, HashingEmbedder()) as store:
        assert store.count() == 0
    assert newest(tmp_path) != first
    assert not first.exists()


def test_a_store_that_was_not_closed_is_read_elsewhere_first(tmp_path: Path) -> None:
    pytest.importorskip("chromadb")
    with open_store(tmp_path, HashingEmbedder()) as store:
        store.encode(["orders", "customers"])
    (newest(tmp_path) / soundness.SEAL).unlink()
    with open_store(tmp_path, HashingEmbedder()) as store:
        assert store.count() == 2
    (newest(tmp_path) / soundness.SEAL).unlink()
    for path in newest(tmp_path).rglob("*.sqlite3"):
        os.truncate(path, 5000)
    with open_store(tmp_path, HashingEmbedder()) as store:
        assert store.count() == 0


def test_a_renewed_store_holds_what_is_needed_and_no_other_bytes(tmp_path: Path) -> None:
    pytest.importorskip("chromadb")
    embedder, folder = HashingEmbedder(), tmp_path / "vectors"
    with open_store(folder, embedder) as store:
        gone = store.encode(["orders", "a secret about somebody"])[1]
    with renewed_store(folder, embedder) as renewal:
        renewal.encode(["orders", "customers"])
    data = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert len(data) > 1000
    assert gone.tobytes() not in data
    assert len(list(folder.glob("chroma-*"))) == 1
    with open_store(folder, embedder) as store:
        assert store.count() == 2
        store.encode(["orders", "customers"])
        assert store.reuse.encoded == 0


def test_only_the_current_generation_is_left(tmp_path: Path) -> None:
    for _ in range(3):
        build_generation(tmp_path, SHOP)
    (tmp_path / ".building-x").mkdir()
    drop_other_generations(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["CURRENT", "gen-00000003"]
