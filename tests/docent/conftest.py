"""A small workspace written for the files connector, copied fresh for every test that changes it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from docent.app import Docent

KNOWLEDGE = """
people:
  - {id: ana, name: Ana Souza, email: ana@shop.example}
tables:
  - id: duckdb:shop.raw.orders
    description: One row for each order placed.
    owners: [ana]
    columns: [{name: order_id, type: int}]
  - id: duckdb:shop.marts.revenue
    description: Revenue by day.
    reads: ["duckdb:shop.raw.orders"]
    columns: [{name: amount, type: decimal}]
"""
ORDERS = "urn:li:dataset:(urn:li:dataPlatform:duckdb,shop.raw.orders,PROD)"
REVENUE = "urn:li:dataset:(urn:li:dataPlatform:duckdb,shop.marts.revenue,PROD)"


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("DOCENT_AS", "DOCENT_CATALOG_URL", "DOCENT_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCENT_MODEL_DIR", str(tmp_path / "no-model"))


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("cli") / "shop"
    (root / "knowledge").mkdir(parents=True)
    (root / "knowledge" / "all.yaml").write_text(KNOWLEDGE, encoding="utf-8")
    (root / "docent.toml").write_text(
        '[workspace]\nname = "Shop"\n[[source]]\nname = "files"\ntype = "files"\npath = "knowledge"\n', encoding="utf-8"
    )
    with Docent.open(root, {"DOCENT_MODEL_DIR": str(root / "no-model")}) as docent:
        report = docent.index(prepare_model=False)
    assert report.errors == 0, report.to_json()
    assert not report.failed, report.to_json()
    return root


@pytest.fixture
def shop(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "shop"))
