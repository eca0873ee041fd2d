"""The bench reads its files strictly, folds shards fairly and counts as the contract says."""

import json
from pathlib import Path

import pytest

from evals.bench_retrieval import bench_retrieval, collapse, read_bench, render
from evals.reference_bm25 import scores, tokens
from retrieval.errors import BenchDataUnreadable


def write(path: Path) -> Path:
    def one(name: str, *columns: str) -> dict[str, object]:
        return {"id": f"shop.{name}", "db": "shop", "name": name, "columns": [{"name": c} for c in columns]}

    tables = [one("visits_20240101", "page"), one("visits_20240102", "page"), one("visits", "page", "user")]
    tables += [one("orders", "amount", "customer"), one("orders_v2", "amount", "customer")]
    questions = [
        {"question": "order amounts by customer", "db": "shop", "gold": ["SHOP.ORDERS"]},
        {"question": "page visits", "db": "shop", "gold": ["shop.visits_20240102", "shop.visits"]},
        {"question": "no such table", "db": "shop", "gold": ["shop.nothing"]},
    ]
    path.write_text(json.dumps({"tables": tables, "questions": questions}))
    return path


def test_shards_are_folded_and_counted_for_each_member(tmp_path: Path) -> None:
    folded, members = collapse(read_bench(write(tmp_path / "set.json")))
    assert [table.name for table in folded.tables] == ["visits_20240101", "visits", "orders", "orders_v2"]
    assert members == [[0, 1], [2], [3], [4]]
    assert folded.questions[1].gold == {0, 1}


def test_arms_without_an_encoder_are_measured_and_the_others_noted(tmp_path: Path) -> None:
    report = bench_retrieval(write(tmp_path / "set.json"), None, tmp_path / "no-model")
    arms = report["files"]["set"]
    assert set(arms) == {"lexical", "bm25"}
    for figures in arms.values():
        assert (figures["recall@5"], figures["full@10"], figures["mrr"], figures["db@1"]) == (1.0, 1.0, 1.0, 1.0)
        assert (figures["questions"], figures["tables"]) == (2, 4)
        assert figures["raw"]["tables"] == 5
        assert figures["raw"]["recall@1"] < 1
    assert any("docent" in note for note in report["notes"])
    assert "recall@10" in render(report)


def test_the_reference_is_plain_bm25() -> None:
    assert tokens("the CustomerOrders2 of users") == ["custom", "order", "2", "user"]
    found = scores(["customer orders", "orders orders", "payments"], ["orders"])[0]
    assert found[1] > found[0] > found[2] == 0


@pytest.mark.parametrize("content", ["not json", "[]", '{"tables": [{"id": 1}], "questions": []}'])
def test_unreadable_files_are_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "bad.json").write_text(content)
    with pytest.raises(BenchDataUnreadable, match=r"bad\.json"):
        bench_retrieval(tmp_path / "bad.json", None, tmp_path)
    with pytest.raises(BenchDataUnreadable, match="The arms are"):
        bench_retrieval(tmp_path / "bad.json", ["fastest"], tmp_path)
