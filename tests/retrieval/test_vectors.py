"""Cosines are exact, whatever stands beside a row."""

import numpy as np
import pytest

from retrieval import vectors
from retrieval.vectors import cosines, nearest_cosines, quantise, signs

RANDOM = np.random.default_rng(7)


def unit(rows: int, dim: int = 384) -> np.ndarray:
    drawn = RANDOM.standard_normal((rows, dim)).astype(np.float32)
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def test_codes_keep_cosines_to_three_digits() -> None:
    drawn, query = unit(500), unit(1)
    assert np.abs(cosines(quantise(drawn), query)[:, 0] - drawn @ query[0]).max() < 5e-4


def test_a_row_scores_the_same_bits_in_any_company() -> None:
    codes, query = quantise(unit(3000)), unit(3)
    whole = cosines(codes, query)
    some = np.sort(RANDOM.choice(3000, 700, replace=False))
    assert np.array_equal(cosines(codes[some], query), whole[some])
    assert np.array_equal(cosines(codes[some], query[1:2])[:, 0], whole[some, 1])


def test_sums_stay_whole_numbers_that_float32_holds() -> None:
    worst = np.zeros((1, 384), np.float32)
    worst[0, 0] = 1.0
    codes = quantise(worst)
    assert int(codes[0].astype(np.int64) @ codes[0].astype(np.int64)) < 2**24
    even = quantise(np.full((1, 384), 384**-0.5, np.float32))
    assert int(even[0].astype(np.int64) @ even[0].astype(np.int64)) < 2**24


@pytest.mark.parametrize("dim", [384, 100])
def test_screening_finds_the_nearest_rows_among_many(monkeypatch: pytest.MonkeyPatch, dim: int) -> None:
    monkeypatch.setattr(vectors, "EXACT_ROWS", 1000)
    monkeypatch.setattr(vectors, "SCREENED", 800)
    near = unit(1, dim)[0]
    drawn = unit(4000, dim)
    drawn[:40] = drawn[:40] * 0.5 + near
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    codes = quantise(drawn)
    visible = np.ones(4000, np.bool_)
    visible[3] = False
    exact = cosines(codes, near[None])[:, 0]
    found = nearest_cosines(codes, signs(codes), near, visible)
    wanted = [row for row in np.argsort(-exact)[:11] if row != 3][:10]
    assert list(np.argsort(-found)[:10]) == wanted
    assert found[3] == found.min()
