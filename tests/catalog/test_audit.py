"""The audit's chains: rows in the transaction of their effect, every tampering found, erasing that leaves them whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from catalog_words import Clock, said
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from catalog import tables
from catalog.aspects import Documentation, Policy
from catalog.audit.chain import AuditSettings
from catalog.audit.effects import verify
from catalog.audit.forget import forget
from catalog.audit.record import Event
from catalog.audit.rows import rows
from catalog.catalog import Catalog
from catalog.change import Removed
from catalog.urn import dataset

ORDERS, USERS = dataset("postgres", "shop.orders"), dataset("postgres", "shop.users")


@dataclass(frozen=True)
class Named:
    """What an erasure hands over."""

    kind: str
    key: str
    names: tuple[str, ...] = ()

    def strings(self) -> set[str]:
        return {self.key, *self.names}


def kinds(catalog: Catalog) -> list[str]:
    with catalog.database.reading() as connection:
        return [row.kind for row in rows(connection)]


def broken(catalog: Catalog) -> list[str]:
    with catalog.database.reading() as connection:
        return [str(one) for one in verify(connection).breaks]


def note(catalog: Catalog, question: str, viewer: str = "urn:li:corpuser:ana", asset: str = ORDERS) -> None:
    with catalog.database.writing() as connection:
        catalog.audit.append(connection, Event("search", (viewer,), (asset,), detail={"question": question}))


def test_every_batch_that_writes_has_a_row_and_the_rest_none(catalog: Catalog) -> None:
    change = said(ORDERS, Documentation("Orders."))
    catalog.apply([change])
    catalog.apply([change])
    catalog.apply([said(ORDERS, Documentation("Orders."), on=2)])
    catalog.apply([said("urn:li:policy:hr", Policy())])
    catalog.apply([said(ORDERS, Removed(), on=3)])
    assert kinds(catalog) == ["begin", "write", "write", "policy", "write"]
    assert broken(catalog) == []


def test_a_run_and_a_source_have_their_rows(catalog: Catalog) -> None:
    catalog.register("dbt", "dbt")
    catalog.register("dbt", "dbt")
    run = catalog.start_run("dbt")
    catalog.end_run(run, "done", {"added": 1})
    assert kinds(catalog) == ["begin", "config", "run", "run"]
    assert broken(catalog) == []
    with catalog.database.writing() as connection:
        connection.execute(update(tables.runs).values(status="failed"))
    assert "run 1 is not as it was noted" in broken(catalog)[0]


def test_what_was_there_before_the_audit_began_is_left_alone(local: Callable[..., Catalog], clock: Clock) -> None:
    quiet = local(audit=AuditSettings("off"))
    quiet.apply([said(ORDERS, Documentation("Orders."))])
    assert kinds(quiet) == []
    assert broken(quiet) == []
    loud = Catalog(quiet.database.url, clock=clock)
    loud.apply([said(USERS, Documentation("Users."))])
    assert broken(loud) == []
    quiet.apply([said(USERS, Documentation("Users, all."), on=1)])
    assert broken(loud) == ["effects: 1 changes (3 to 3) have no row"]
    loud.database.close()


def test_a_chain_goes_on_in_another_process_and_chains_anchor_each_other(catalog: Catalog, clock: Clock) -> None:
    note(catalog, "one")
    again = Catalog(catalog.database.url, clock=clock)
    note(again, "two")
    slack = Catalog(catalog.database.url, clock=clock, audit=AuditSettings(writer="slack@here"))
    note(slack, "three")
    note(catalog, "four")
    with catalog.database.reading() as connection:
        held = {row.place: [anchor.writer for anchor in row.anchors] for row in rows(connection)}
    assert sorted(n for writer, n in held if writer == catalog.audit.writer) == [1, 2, 3, 4]
    assert held["slack@here", 2] == [catalog.audit.writer]
    assert held[catalog.audit.writer, 4] == ["slack@here"]
    for one in (again, slack):
        one.database.close()
    assert broken(catalog) == []
    for table in (tables.audit, tables.audit_payloads, tables.audit_index, tables.audit_heads):
        with catalog.database.writing() as connection:
            connection.execute(delete(table).where(table.c.writer == "slack@here"))
    assert broken(catalog) == [f"slack@here, row 2: it is missing, though row 4 of {catalog.audit.writer} saw it"]


TAMPERINGS = {
    "a question is changed": update(tables.audit_payloads).where(tables.audit_payloads.c.n == 2).values(payload="{}"),
    "a payload is emptied": update(tables.audit_payloads).values(payload=None, salt=None),
    "a payload is deleted": delete(tables.audit_payloads).where(tables.audit_payloads.c.n == 3),
    "a row is deleted": delete(tables.audit).where(tables.audit.c.n == 2),
    "the tail is cut": delete(tables.audit).where(tables.audit.c.n == 4),
    "a time is changed": update(tables.audit).where(tables.audit.c.n == 2).values(at=1),
    "rows change places": update(tables.audit).where(tables.audit.c.n == 4).values(n=9),
    "a head is put back": update(tables.audit_heads).values(n=3),
    "a head is deleted": delete(tables.audit_heads),
    "who saw it is deleted": delete(tables.audit_index).where(tables.audit_index.c.role == "asset"),
    "a viewer is added": insert(tables.audit_index).values(role="viewer", value="urn:li:corpuser:eve", writer="x", n=1),
    "a change is changed": update(tables.history).values(digest="0" * 40),
    "a change is deleted": delete(tables.history),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_tampering_is_found(local: Callable[..., Catalog], name: str) -> None:
    catalog = local()
    note(catalog, "who owns orders?")
    note(catalog, "is it fresh?")
    catalog.apply([said(ORDERS, Documentation("Orders."))])
    assert broken(catalog) == []
    with catalog.database.writing() as connection:
        connection.execute(TAMPERINGS[name])
    assert broken(catalog)


def test_a_cut_chain_is_not_mended_by_writing_on(catalog: Catalog) -> None:
    for question in ("one", "two", "three"):
        note(catalog, question)
    with catalog.database.writing() as connection:
        for table in (tables.audit, tables.audit_payloads, tables.audit_index):
            connection.execute(delete(table).where(table.c.n == 4))
    note(catalog, "four")
    assert broken(catalog) == [f"{catalog.audit.writer}, row 5: row 4 is missing before it"]


def test_a_row_and_its_effect_are_there_together_or_not(catalog: Catalog) -> None:
    note(catalog, "one")
    with pytest.raises(IntegrityError):
        _append_and_fail(catalog)
    assert kinds(catalog) == ["begin", "search"]
    assert broken(catalog) == []


def _append_and_fail(catalog: Catalog) -> None:
    with catalog.database.writing() as connection:
        catalog.audit.append(connection, Event("search", detail={"question": "two"}))
        connection.execute(insert(tables.meta), [{"key": "schema", "value": "twice"}])


def test_forgetting_empties_what_mentions_a_victim_and_the_chain_still_verifies(catalog: Catalog) -> None:
    note(catalog, "what does Ana\nSouza own?", "urn:li:corpuser:ben")
    note(catalog, "is it fresh?", "urn:li:corpuser:ana")
    note(catalog, "what is a banana?", "urn:li:corpuser:ben")
    victim = Named("person", "urn:li:corpuser:ana", ("Ana Souza", "ana@shop.example"))
    with catalog.database.writing() as connection:
        assert forget(connection, [victim]) == 2
    with catalog.database.reading() as connection:
        verdict = verify(connection)
        kept = [row.payload for row in rows(connection, ("search",)) if row.payload is not None]
        values = set(connection.execute(select(tables.audit_index.c.value)).scalars())
    assert verdict.breaks == ()
    assert verdict.erased == 2
    assert len(kept) == 1
    assert "banana" in str(kept)
    assert values == {"urn:li:corpuser:ben", ORDERS}


def test_an_erasure_that_rewrites_history_is_vouched_for(catalog: Catalog) -> None:
    catalog.apply([said(ORDERS, Documentation("By Ana.")), said(USERS, Documentation("Users."))])
    h = tables.history
    with catalog.database.writing() as connection:
        connection.execute(update(h).where(h.c.urn == ORDERS).values(urn=dataset("postgres", "erased-1")))
        stone = {"urn": USERS, "aspect": "*", "source": "person", "observed_at": 9, "digest": "-", "recorded_at": 9}
        connection.execute(insert(h), [stone])
        forget(connection, [Named("asset", ORDERS)])
    assert broken(catalog) == []
    catalog.apply([said(USERS, Documentation("Users, again."), on=4)])
    assert broken(catalog) == []
