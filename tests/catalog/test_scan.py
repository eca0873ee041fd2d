"""Looking for what is left: every form of a text, at every byte, over the borders of pieces; parts of vectors."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest

from catalog.erase import scan
from catalog.erase.scan import Scanner, forms_of, forms_of_vector

TEXT = "Zoë O'Brien <zoë@shop.example>"
FORMS = {
    "plain": TEXT.encode(),
    "small letters": TEXT.casefold().encode(),
    "utf-16": TEXT.encode("utf-16-le"),
    "utf-16 big-endian": TEXT.encode("utf-16-be"),
    "json": json.dumps(TEXT).encode(),
    "sql": TEXT.replace("'", "''").encode(),
}


@pytest.mark.parametrize("form", sorted(FORMS))
def test_each_form_is_found_at_every_place(tmp_path: Path, form: str) -> None:
    scanner = Scanner([forms_of("something else"), forms_of(TEXT)])
    for before in range(17):
        (tmp_path / "file").write_bytes(b"\xff" * before + FORMS[form] + b"rest")
        assert set(scanner.files([tmp_path]).by_needle()) == {1}


def test_what_lies_over_the_border_of_two_pieces_is_found_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "_PIECE", 64)
    for before in range(140):
        (tmp_path / "file").write_bytes(b"." * before + TEXT.encode() + b"." * 100)
        proof = Scanner([forms_of(TEXT)]).files([tmp_path / "file"])
        assert len({residue.offset for residue in proof.residues}) == 1


def test_names_of_files_are_read_too(tmp_path: Path) -> None:
    (tmp_path / "ana.souza.csv").write_text("nothing")
    assert Scanner([forms_of("ana.souza")]).files([tmp_path]).residues


def test_thousands_of_needles_with_one_beginning_are_all_found(tmp_path: Path) -> None:
    source = random.Random(3)
    texts = [f"about zq{n:04d}x{source.getrandbits(32):08x}" for n in range(2000)]
    (tmp_path / "file").write_text("; ".join(texts[::7]))
    found = Scanner([forms_of(text) for text in texts]).files([tmp_path]).by_needle()
    assert sorted(found) == list(range(0, 2000, 7))


def test_a_vector_is_found_by_any_of_its_parts_and_another_is_not(tmp_path: Path) -> None:
    rows = np.random.default_rng(1).normal(size=(2, 384)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    scanner = Scanner([forms_of_vector(rows[0])])
    (tmp_path / "other").write_bytes(b"xyz" + rows[1].tobytes())
    assert not scanner.files([tmp_path]).residues
    data = rows[0].tobytes()
    for start in (0, 400, 900):  # a page of a database holds some 600 bytes of it
        (tmp_path / "cut").write_bytes(b"abc" + data[start : start + 640])
        assert scanner.files([tmp_path]).residues


def test_texts_are_counted_by_needle() -> None:
    scanner = Scanner([forms_of("alpha"), forms_of("beta")])
    assert scanner.in_texts(["alpha beta", "ALPHA", "alp", "ha beta"]) == {0: 1, 1: 2}
