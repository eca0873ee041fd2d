"""A small company in two sources that disagree, with someone who left, a hidden table and one that may only be found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from docent.app import Docent

FACTS = """
people:
  - {id: ana, name: Ana Souza, email: ana@shop.example}
  - {id: ben, name: Ben Okri, email: ben@shop.example}
  - {id: jonas, name: Jonas Weber, left: 2024-06-30}
teams:
  - {id: growth, name: Growth, members: [ana], slack: "#growth"}
  - {id: ghosts, name: Ghosts, members: [jonas]}
terms:
  - {id: churn, name: Churn, description: A customer without an order in 90 days., synonyms: [attrition]}
  - {id: margin, name: Margin}
tables:
  - id: duckdb:shop.raw.orders
    description: One row for each order placed.
    owners: [ana]
    columns: [{name: order_id, type: int}, {name: email, type: text, description: Lower-cased address.}]
    checks:
      - {name: ids are unique, status: pass, at: 2026-03-01T03:20:00Z}
      - {name: totals add up, status: fail, at: 2026-03-01T03:20:00Z}
  - id: duckdb:shop.marts.revenue
    description: Revenue by day.
    owners: [jonas]
    reads: ["duckdb:shop.raw.orders"]
  - id: duckdb:shop.marts.refunds
    description: Money paid back.
    owners: [team:ghosts]
    reads: ["duckdb:shop.raw.orders"]
  - id: duckdb:shop.marts.lonely
    description: Nobody says who looks after this.
  - id: duckdb:shop.old.sales_v1
    description: Sales as they were.
    deprecated: {note: Counts guests twice., replacement: "duckdb:shop.marts.revenue"}
  - id: duckdb:shop.hr.severance
    description: What zebrafish redundancy costs.
    owners: [ben]
    reads: ["duckdb:shop.raw.orders"]
  - id: duckdb:shop.hr.payslips
    description: Salary of each flamingo.
    owners: [ben]
policies:
  - id: hr
    name: Personnel
    access:
      - {effect: deny, action: discover, assets: ["duckdb:shop.hr.severance"], unless: [ben]}
      - {effect: deny, action: read, assets: ["duckdb:shop.hr.payslips"], unless: [ben]}
"""
OTHER = """
tables:
  - {id: "duckdb:shop.raw.orders", owners: [ben], description: Every order.}
"""
CONFIG = """
[viewer]
default = "ana"
[access]
policy_sources = ["facts"]
[audit]
readers = ["ana"]
[[source]]
name = "facts"
type = "files"
path = "facts"
rank = 1
[[source]]
name = "other"
type = "files"
path = "other"
rank = 2
"""


def company(root: Path) -> Docent:
    """The company in a folder, indexed."""
    for name, text in (("facts", FACTS), ("other", OTHER)):
        (root / name).mkdir()
        (root / name / "all.yaml").write_text(text, encoding="utf-8")
    (root / "docent.toml").write_text(CONFIG, encoding="utf-8")
    made = Docent.open(root, {"DOCENT_MODEL_DIR": str(root / "no-model")})
    report = made.index(prepare_model=False)
    assert report.errors == 0, report.to_json()
    assert not report.failed, report.to_json()
    return made


@pytest.fixture(scope="module")
def docent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Docent]:
    with company(tmp_path_factory.mktemp("company")) as made:
        yield made


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Docent]:
    """The company for one test alone, which may change it."""
    with company(tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Docent]]:
    """Makes a workspace of one YAML text, indexed without a model; closed when the module's tests are over."""
    with ExitStack() as stack:

        def make(facts: str) -> Docent:
            root = tmp_path_factory.mktemp("company")
            (root / "facts").mkdir()
            (root / "facts" / "all.yaml").write_text(facts, encoding="utf-8")
            config = '[[source]]\nname = "facts"\ntype = "files"\npath = "facts"\n'
            (root / "docent.toml").write_text(config, encoding="utf-8")
            made = stack.enter_context(Docent.open(root, {"DOCENT_MODEL_DIR": str(root / "no-model")}))
            report = made.index(prepare_model=False)
            assert report.errors == 0, report.to_json()
            return made

        yield make
