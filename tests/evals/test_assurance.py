"""The benchmarks of erasing, killing and damaging, small: they pass, and their controls are caught."""

from __future__ import annotations

import pytest

from docent.measured import open_measured
from evals.bench_damage import bench_damage
from evals.bench_erase import bench_erase
from evals.bench_kills import bench_kills

pytest.importorskip("chromadb")


def test_nothing_is_left_of_the_erased(tmp_path_factory: pytest.TempPathFactory) -> None:
    nothing = {"DOCENT_MODEL_DIR": str(tmp_path_factory.mktemp("no-model"))}
    report = bench_erase(4, lambda root: open_measured(root, nothing))
    assert report["passed"], report


def test_kills_lose_and_double_nothing() -> None:
    report = bench_kills(20, controls=("ack-early", "no-dedupe", "torn"))
    assert report["passed"], report


def test_damage_gives_no_wrong_answer() -> None:
    report = bench_damage(1, assets=40, questions=10, harms=("flip",))
    assert report["passed"], report
