"""A small company written for the files connector, indexed without an embedding model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from docent.app import Docent

HOSTILE = (
    "![pixel](https://evil.example/p.png) <img src=x onerror=alert(1)> [open](https://evil.example/a) "
    "https://evil.example/bare www.evil.example me@evil.example :red[loud] $x^2$ # title"
)
KNOWLEDGE = """
people:
  - {id: ana, name: Ana Souza, email: ana@shop.example}
  - {id: ben, name: Ben Okri, email: ben@shop.example}
teams:
  - {id: growth, name: Growth, members: [ana], slack: "#growth"}
platform: looker
dashboards:
  - {id: churn, name: Churn board, description: Who leaves us., owners: [ana], url: "https://looker.shop.example/7"}
  - {id: bait, name: Bait board, description: 'HOSTILE', owners: [ben], url: "javascript:alert(1)"}
  - {id: payroll, name: Payroll board, description: What everyone earns., owners: [ana]}
policies:
  - id: pay
    name: Pay is private
    access:
      - {effect: deny, action: read, assets: ["*payroll*"], unless: [ana]}
"""


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("shop")
    (root / "knowledge").mkdir()
    (root / "knowledge" / "all.yaml").write_text(KNOWLEDGE.replace("HOSTILE", HOSTILE), encoding="utf-8")
    (root / "docent.toml").write_text(
        '[viewer]\ndefault = "ana"\n[access]\npolicy_sources = ["files"]\n'
        f'[model]\nfolder = "{root / "no-model"}"\n[[source]]\nname = "files"\ntype = "files"\npath = "knowledge"\n',
        encoding="utf-8",
    )
    with Docent.open(root, {}) as docent:
        report = docent.index(prepare_model=False)
    assert report.errors == 0, report.to_json()
    assert not report.failed
    return root


@pytest.fixture
def workspace(shop: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for name in ("DOCENT_AS", "DOCENT_CATALOG_URL", "DOCENT_MODEL_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCENT_WORKSPACE", str(shop))
    return shop
