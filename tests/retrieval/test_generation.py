"""Generations are swapped in whole, opened read only, and never trusted when damaged."""

import json
import stat
from pathlib import Path

import numpy as np
import pytest
from retrieval_catalogs import SHOP, table

from retrieval.embedder import HashingEmbedder
from retrieval.errors import GenerationUnusable
from retrieval.generation import build_generation, embedder_fits, open_current, verify
from retrieval.search import Searcher
from retrieval.visible import Visible

EVERYTHING = Visible.everything()


def test_a_generation_is_read_back_as_it_was_built(tmp_path: Path) -> None:
    built = build_generation(tmp_path, SHOP, "v7", synonyms={"arr": ("annual",)})
    opened = open_current(tmp_path)
    assert opened.manifest == built.manifest
    assert opened.manifest.catalog_version == "v7"
    assert opened.analyzer.synonyms == {"arr": ("annual",)}
    urns = sorted(document.urn for document in SHOP)
    assert opened.segment.urns.all() == urns
    row = opened.segment.row(urns.index("urn:cust_acct_bal"))
    assert (row.path, row.columns, row.domains) == (("bank", "core"), ("cust_id", "acct_no", "bal_amt"), ("Finance",))
    verify(opened)


def test_the_folder_is_for_its_owner_alone(tmp_path: Path) -> None:
    folder = build_generation(tmp_path / "index", SHOP).folder
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "index").stat().st_mode) == 0o700


def test_readers_keep_their_generation_while_others_are_built(tmp_path: Path) -> None:
    reader = Searcher(build_generation(tmp_path, SHOP))
    for _ in range(3):
        build_generation(tmp_path, [table("invoices")])
    assert reader.search("orders", EVERYTHING).results[0].urn == "urn:orders"
    assert open_current(tmp_path).manifest.documents == 1
    assert len(list(tmp_path.glob("gen-*"))) == 2


def test_a_missing_index_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(GenerationUnusable, match="Index the catalog first"):
        open_current(tmp_path)


@pytest.mark.parametrize("harm", ["truncate", "flip", "remove"])
def test_every_damaged_file_is_noticed(tmp_path: Path, harm: str) -> None:
    generation = build_generation(tmp_path, SHOP, embedder=HashingEmbedder())
    for name in generation.manifest.files:
        path = generation.folder / name
        sound = path.read_bytes()
        if harm == "truncate":
            path.write_bytes(sound[:-1])
        elif harm == "flip":
            path.write_bytes(sound[:-1] + bytes([sound[-1] ^ 1]))
        else:
            path.unlink()
        with pytest.raises(GenerationUnusable, match=r"Rebuild|Cannot read"):
            verify(open_current(tmp_path))
        path.write_bytes(sound)
    verify(open_current(tmp_path))


def test_a_foreign_or_older_format_is_refused(tmp_path: Path) -> None:
    path = build_generation(tmp_path, SHOP).folder / "manifest.json"
    raw = json.loads(path.read_text())
    path.write_text(json.dumps(raw | {"format": 0}))
    with pytest.raises(GenerationUnusable, match="format 0"):
        open_current(tmp_path)
    path.write_text("{}")
    with pytest.raises(GenerationUnusable, match="Rebuild"):
        open_current(tmp_path)
    (tmp_path / "CURRENT").write_text("../elsewhere\n")
    with pytest.raises(GenerationUnusable, match="does not name"):
        open_current(tmp_path)


def test_words_are_searchable_before_vectors_are_made(tmp_path: Path) -> None:
    embedder = HashingEmbedder()
    early = Searcher(build_generation(tmp_path, SHOP), embedder)
    assert not early.semantic
    assert early.search("customer email", EVERYTHING).results[0].urn == "urn:customers"
    late = Searcher(build_generation(tmp_path, SHOP, embedder=embedder), embedder)
    assert late.semantic


def test_vectors_of_another_model_are_not_compared(tmp_path: Path) -> None:
    class Renamed(HashingEmbedder):
        """Claims the same name and size, and gives other vectors."""

        def encode_query(self, text: str) -> np.ndarray:
            return super().encode_query(text[::-1])

    generation = build_generation(tmp_path, SHOP, embedder=HashingEmbedder())
    assert embedder_fits(generation, HashingEmbedder())
    assert not embedder_fits(generation, HashingEmbedder(64))
    assert not embedder_fits(generation, Renamed())


def test_an_empty_catalog_has_an_index_too(tmp_path: Path) -> None:
    searcher = Searcher(build_generation(tmp_path, [], embedder=HashingEmbedder()), HashingEmbedder())
    assert searcher.search("anything", EVERYTHING).total == 0
    fresher = searcher.with_changes([table("orders")])
    assert [r.urn for r in fresher.search("orders", EVERYTHING).results] == ["urn:orders"]
