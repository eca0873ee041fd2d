"""What is asked, shown and refused is in the audit; answers can be replayed; readers see what is theirs to see."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, update

from catalog import tables
from catalog.aspects import Ownership
from catalog.audit.chain import AuditSettings
from catalog.audit.effects import verify
from catalog.audit.export import check_lines, compare, export_audit
from catalog.audit.reading import Shown, Wanted, read_audit
from catalog.audit.record import texts
from catalog.change import Change, Origin, Removed
from catalog.database import now
from catalog.errors import AuditForbidden, AuditUnwritable, NotFound
from docent.app import Docent

ANA, BEN = "urn:li:corpuser:ana", "urn:li:corpuser:ben"
ORDERS = "urn:li:dataset:(urn:li:dataPlatform:duckdb,shop.raw.orders,PROD)"
SEVERANCE = "urn:li:dataset:(urn:li:dataPlatform:duckdb,shop.hr.severance,PROD)"


def listed(docent: Docent, viewer: str = ANA, **wanted: object) -> list[Shown]:
    return read_audit(docent.catalog, [viewer], Wanted(**wanted))  # type: ignore[arg-type]


def whole(docent: Docent) -> bool:
    with docent.catalog.database.reading() as connection:
        return verify(connection).ok


def test_an_answer_a_search_a_citation_and_a_refusal_each_have_a_row(own: Docent) -> None:
    answer = own.ask("who owns orders?", ["ana", "ben"])
    own.search("orders", "ana")
    own.cite(answer.citations[0].ref, "ana")
    with pytest.raises(NotFound):
        own.cite(f"{SEVERANCE}#info@facts:{'0' * 40}", "ana")
    own.ask("what is payslips?", "ana")
    rows = [one.row for one in reversed(listed(own, kinds=("answer", "search", "cite", "denial")))]
    assert [row.kind for row in rows] == ["answer", "search", "cite", "cite", "denial"]
    body = rows[0].body()
    assert body["viewers"] == [ANA, BEN]
    assert body["answer_id"] == answer.answer_id
    assert body["question"] == "who owns orders?"
    assert body["verdict"] == "answered"
    assert ORDERS in texts(body["assets"])
    assert texts(body["evidence"])
    assert body["policies"] == own.catalog.policy_version()
    assert [row.body().get("found") for row in rows[2:4]] == [True, False]
    assert whole(own)


def test_who_saw_an_asset_and_who_asked_are_found(own: Docent) -> None:
    own.ask("who owns orders?", "ana")
    own.ask("what is lonely?", "ben")
    assert [one.row.body()["asker"] for one in listed(own, asset=ORDERS, kinds=("answer",))] == [ANA]
    assert [one.row.body()["question"] for one in listed(own, viewer=ANA, kinds=("answer",))][-1] == "who owns orders?"
    assert [one.row.kind for one in listed(own, kinds=("audit_read",))]


def test_an_answer_changed_afterwards_is_found(own: Docent) -> None:
    own.ask("who owns orders?", "ana")
    assert whole(own)
    with own.catalog.database.writing() as connection:
        connection.execute(update(tables.answers).values(question="who owns nothing?"))
    assert not whole(own)


@pytest.fixture
def full(own: Docent) -> Iterator[Docent]:
    """The company on a disk that has no room left."""

    def no_room(connection: Connection) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")

    event.listen(own.catalog.database.engine, "begin", no_room, insert=False)
    yield own
    event.remove(own.catalog.database.engine, "begin", no_room)


def fill(docent: Docent) -> object:
    """Ask until the pages that are there are full; returns the last answer."""
    for _ in range(200):
        answer = docent.ask("who owns orders?", "ana")
        if answer.notes:
            return answer
    raise AssertionError("the disk never filled up")


def test_at_best_effort_the_answer_is_given_and_says_that_it_has_no_row(full: Docent) -> None:
    answer = fill(full)
    assert answer.verdict == "answered"  # type: ignore[attr-defined]
    assert answer.notes == ("This is not in the audit: database or disk is full.",)  # type: ignore[attr-defined]
    assert whole(full)


def test_where_it_is_required_there_is_no_answer_without_a_row(full: Docent) -> None:
    fill(full)
    full.catalog.audit.settings = AuditSettings("required")
    with pytest.raises(AuditUnwritable, match="database or disk is full"):
        fill(full)
    assert whole(full)


def test_switched_off_nothing_is_written_and_answers_are_given(own: Docent) -> None:
    before = len(listed(own, limit=1000))
    own.catalog.audit.settings = AuditSettings("off", readers=(ANA,))
    assert own.ask("who owns orders?", "ana").verdict == "answered"
    assert len(listed(own, limit=1000)) == before


def test_only_readers_read_the_audit_and_see_what_is_theirs_to_see(own: Docent, tmp_path: Path) -> None:
    own.ask("who owns severance?", "ben")
    with pytest.raises(AuditForbidden):
        read_audit(own.catalog, [BEN], Wanted())
    shown = listed(own, kinds=("answer",))
    assert [one.withheld for one in shown] == [True]
    assert shown[0].row.body() == {}
    target = tmp_path / "audit.jsonl"
    count, withheld = export_audit(own.catalog, [ANA], target)
    text = target.read_text(encoding="utf-8")
    assert withheld == 1
    assert count == len(text.splitlines())
    assert "severance" not in text.casefold()
    assert listed(own, asset=SEVERANCE) == []
    assert check_lines(text.splitlines()).ok


def test_an_export_checks_by_itself_and_against_the_catalog(own: Docent, tmp_path: Path) -> None:
    own.ask("who owns orders?", "ana")
    target = tmp_path / "audit.jsonl"
    export_audit(own.catalog, [ANA], target)
    lines = target.read_text(encoding="utf-8").splitlines()
    assert check_lines(lines).ok
    body = json.loads(lines[-2])
    body["payload"] = {"question": "who owns nothing?"}
    assert not check_lines([*lines[:-2], json.dumps(body), lines[-1]]).ok
    assert not check_lines([*lines[:2], *lines[3:]]).ok
    with own.catalog.database.reading() as connection:
        assert compare(connection, lines) == []
        gone = json.loads(lines[-1]) | {"hash": "0" * 64}
        assert compare(connection, [json.dumps(gone)])


def test_a_replay_is_identical_though_the_catalog_went_on(own: Docent) -> None:
    answer = own.ask("who owns orders?", "ana")
    own.catalog.apply([Change(ORDERS, Ownership(()), Origin("facts")), Change(ORDERS, Removed(), Origin("other"))])
    assert own.ask("who owns orders?", "ana").text != answer.text
    found = own.replay(answer.answer_id, "ana")
    assert (found.outcome, found.gone, found.new) == ("identical", (), ())
    assert found.same == len(answer.draft.claims)


@pytest.mark.parametrize(
    "question",
    ["what is orders?", "can I trust orders?", "where does revenue come from?", "what does churn mean?", "what is lonely?",
     "who owns refunds?", "is there a table about helicopters?"],
)  # fmt: skip
def test_every_kind_of_answer_replays(own: Docent, question: str) -> None:
    answer = own.ask(question, "ana")
    gone = [row.urn for row in own.assistant.view((BEN,)).assets() if row.kind == "table"]
    own.catalog.apply([Change(urn, Removed(), Origin(source)) for urn in gone for source in ("facts", "other")])
    assert own.replay(answer.answer_id, "ana").outcome == "identical"


def test_a_replay_sees_late_arrivals_only_when_they_were_known(own: Docent) -> None:
    answer = own.ask("who owns orders?", "ana")
    early = now() - timedelta(days=400)
    own.catalog.apply([Change(ORDERS, Ownership(()), Origin("third", observed_at=early))])
    assert own.replay(answer.answer_id, "ana").outcome == "identical"


def test_a_replay_of_what_was_erased_says_so(own: Docent) -> None:
    answer = own.ask("who owns orders?", "ana")
    with own.catalog.database.writing() as connection:
        connection.execute(update(tables.contents).where(tables.contents.c.aspect == "ownership").values(json=None))
    found = own.replay(answer.answer_id, "ana")
    assert found.outcome == "erased"
    assert found.erased
    with own.catalog.database.writing() as connection:
        connection.execute(update(tables.answers).values(question=None, answer=None))
    assert own.replay(answer.answer_id, "ana").outcome == "erased"


def test_a_replay_shows_nothing_that_was_taken_away_since(own: Docent) -> None:
    answer = own.ask("who owns severance?", "ben")
    assert "Ben" in answer.text
    path = own.settings.root / "facts" / "all.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("unless: [ben]", "unless: [eve]"), encoding="utf-8")
    own.index(prepare_model=False)
    found = own.replay(answer.answer_id, "ben")
    assert found.outcome == "identical"
    assert found.withheld
    assert (found.question, found.gone, found.new) == ("", (), ())
    with pytest.raises(AuditForbidden):
        own.replay(own.ask("who owns orders?", "ana").answer_id, "ben")


def test_a_replay_in_a_view_of_the_past_stays_there(own: Docent) -> None:
    answer = own.ask("who owns orders?", "ana", as_of=now() + timedelta(days=1))
    own.catalog.apply([Change(ORDERS, Ownership(()), Origin("facts"))])
    assert own.replay(answer.answer_id, "ana").outcome == "identical"
    assert replace(own.replay(answer.answer_id, "ana")).verdicts == ("answered", "answered")
