"""The audit's figures at small scale: nothing missing under kills, every tampering found, every sabotage noticed."""

from __future__ import annotations

from pathlib import Path

from evals.bench_audit import bench_kills
from evals.bench_tampering import bench_tampering


def test_no_row_is_missing_or_extra_under_kills_and_the_sabotaged_writer_is_noticed(tmp_path: Path) -> None:
    found = bench_kills(tmp_path, actions=60, kills=20, seed=7)
    zeros = ("acknowledged_lost", "rows_missing", "rows_extra", "other_breaks", "export_canaries")
    assert {name: found[name] for name in zeros} == dict.fromkeys(zeros, 0)
    assert found["control_row_outside_the_transaction_missing"]
    assert found["control_export_unfiltered_canaries"]


def test_every_tampering_is_found_and_every_sabotaged_check_misses_one(tmp_path: Path) -> None:
    found = bench_tampering(tmp_path / "tampering", 100, seed=7)
    assert found["tamperings_missed"] == []
    assert found["tamperings_detected"] == 100
    assert [name for name, at in found.items() if name.startswith("control_") and at is None] == []
