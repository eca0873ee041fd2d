"""Feedback on answers becomes history at the next index build; what not everyone may see never does."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert

from catalog import tables
from catalog.access import AccessSettings
from catalog.aspects import Info
from catalog.catalog import Catalog
from catalog.change import Change, Origin
from indexer.past import confirmed

AT = datetime(2026, 1, 1, tzinfo=UTC)


def urn(name: str) -> str:
    return f"urn:li:dataset:(urn:li:dataPlatform:postgres,shop.public.{name},PROD)"


def say(catalog: Catalog, ident: str, question: str, about: str, *votes: bool) -> None:
    """Store an answer and what people said of it."""
    with catalog.database.writing() as connection:
        answer = json.dumps({"assets": [{"urn": urn(about), "name": about, "kind": "table"}]})
        connection.execute(
            insert(tables.answers).values(
                answer_id=ident, viewer="v", asked_at=0, catalog_version=1, question=question, answer=answer
            )
        )
        for n, helpful in enumerate(votes):
            connection.execute(
                insert(tables.feedback).values(answer_id=ident, viewer=f"v{n}", given_at=0, helpful=helpful)
            )


def test_only_answers_called_helpful_by_all_and_about_public_assets_are_history(tmp_path: Path) -> None:
    catalog = Catalog(f"sqlite:///{tmp_path / 'catalog.db'}", AccessSettings())
    catalog.apply([Change(urn("orders"), Info("table", "orders"), Origin("test", observed_at=AT))])
    say(catalog, "a", "where are orders?", "orders", True)
    say(catalog, "b", "where are sales?", "orders", True, False)
    say(catalog, "c", "where is revenue?", "orders")
    say(catalog, "d", "where is the secret?", "not_there", True)
    assert [(one.question, one.urns) for one in confirmed(catalog)] == [("where are orders?", (urn("orders"),))]
