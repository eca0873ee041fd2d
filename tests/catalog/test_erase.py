"""Erasing: values go and digests stay, in any order of arrival; what others say is redacted; nothing comes back."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import pytest
from catalog_words import BEGIN, Clock, day, said
from sqlalchemy import insert, select

from catalog import tables
from catalog.aspects import (
    Column,
    ColumnEdge,
    Documentation,
    Incident,
    Incidents,
    Info,
    Lineage,
    Owner,
    Ownership,
    Person,
    Schema,
    Tags,
    Upstream,
    Usage,
)  # fmt: skip
from catalog.catalog import Catalog
from catalog.change import Change, Evidence
from catalog.codec import digest, encode
from catalog.database import micros
from catalog.erase.act import erase, lift
from catalog.erase.marks import Erasure
from catalog.erase.records import row_of
from catalog.erase.victims import find_victim
from catalog.errors import BadInput, Erased, NotFound

ADA = "urn:li:corpuser:local"
ANA = "urn:li:corpuser:ana.souza"
PAY = "urn:li:dataset:(urn:li:dataPlatform:postgres,shop.hr.pay_2024,PROD)"
ORDERS = "urn:li:dataset:(urn:li:dataPlatform:postgres,shop.public.orders,PROD)"
PERSON = Person("Ana Souza", "ana.souza@shop.example", "Keeper of Ledgers", "U0ANA77")

COMPANY = [
    said(ANA, PERSON),
    said(ORDERS, Ownership((Owner(ANA), Owner("urn:li:corpuser:bo")))),
    said(ORDERS, Documentation('Ask Ana\nSouza <ana.souza@shop.example> or "Souza, Ana". Anastasia Souza stays.')),
    said(ORDERS, Info(kind="table", name="orders", modified_by="ana.souza")),
    said(ORDERS, Usage(queries=3, top_users=((ANA, 3),))),
    said(ORDERS, Incidents((Incident("late", owner="Ana.Souza"),))),
    said(PAY, Info(kind="table", name="pay_2024")),
    said(PAY, Schema((Column("net_pay_eur"), Column("order_id")))),
    said(PAY, Documentation("What people earn.")),
    said(ORDERS, Schema((Column("order_id"),))),
    said(
        ORDERS,
        Lineage(
            (Upstream(PAY),),
            (ColumnEdge(PAY, "net_pay_eur", "order_id", expression="max(net_pay_eur)"),),
        ),
    ),
    said(ORDERS, Tags(("from shop.hr.pay_2024",)), "datahub"),
]


def erased(catalog: Catalog, *names: str, on: float = 10) -> list[Erasure]:
    with catalog.database.reading() as connection:
        victims = [find_victim(connection, name) for name in names]
    return erase(catalog.database, victims, micros(day(on)))[0]


def dump(catalog: Catalog) -> str:
    """Every text of every table."""
    with catalog.database.reading() as connection:
        return "\n".join(
            str(value)
            for table in tables.metadata.sorted_tables
            for row in connection.execute(select(table))
            for value in row
        )


def held(catalog: Catalog, urn: str, on: float | None = None) -> dict[str, object]:
    view = catalog.view(catalog.scope(ADA), day(on) if on is not None else None)
    return {name: one.value for name, one in view.read_all(urn).items()}


def test_a_person_is_gone_from_every_table(catalog: Catalog) -> None:
    catalog.apply(COMPANY)
    (erasure,) = erased(catalog, "ana.souza@shop.example")
    text = dump(catalog).casefold()
    for trace in ("ana.souza", "ana souza", "souza, ana", "ana\nsouza", "u0ana77", "keeper of ledgers"):
        assert trace not in text, trace
    orders = held(catalog, ORDERS)
    assert orders["ownership"] == Ownership((Owner(erasure.opaque), Owner("urn:li:corpuser:bo")))
    assert orders["documentation"] == Documentation('Ask [erased] <[erased]> or "[erased]". Anastasia Souza stays.')
    assert orders["usage"] == Usage(queries=3, top_users=((erasure.opaque, 3),))
    assert orders["info"] == Info(kind="table", name="orders", modified_by=erasure.opaque.rpartition(":")[2])
    assert held(catalog, ANA) == {}


def test_an_asset_is_gone_and_others_point_at_nothing_that_can_be_guessed(catalog: Catalog) -> None:
    catalog.apply(COMPANY)
    (erasure,) = erased(catalog, PAY)
    text = dump(catalog)
    for trace in ("pay_2024", "net_pay_eur", "What people earn"):
        assert trace not in text, trace
    lineage = held(catalog, ORDERS)["lineage"]
    edge = ColumnEdge(erasure.opaque, "[erased]", "order_id", expression="[erased]")
    assert lineage == Lineage((Upstream(erasure.opaque),), (edge,))
    assert held(catalog, ORDERS)["tags"] == Tags(("from [erased]",))
    assert held(catalog, ORDERS)["schema"] == Schema((Column("order_id"),))  # a name that others bear stays
    catalog.settle()
    for on in (0, 5, None):  # nor does a look into the past show it
        assert not [
            row for row in catalog.view(catalog.scope(ADA), day(on) if on else None).assets() if "erased" in row.urn
        ]


def test_a_column_is_gone_from_its_table_and_from_lineage(catalog: Catalog) -> None:
    catalog.apply([*COMPANY, said(PAY, Documentation("Sums net_pay_eur."), on=1)])
    erased(catalog, f"urn:li:schemaField:({PAY},net_pay_eur)")
    assert "net_pay_eur" not in dump(catalog)
    assert held(catalog, PAY)["schema"] == Schema((Column("order_id"),))
    assert held(catalog, PAY)["documentation"] == Documentation("Sums [erased].")
    assert held(catalog, ORDERS)["lineage"] == Lineage((Upstream(PAY),))


def test_what_answers_cite_says_erased(catalog: Catalog) -> None:
    catalog.apply(COMPANY)
    refs = [
        Evidence(ANA, "person", "dbt", digest(encode(PERSON))),
        Evidence(ORDERS, "ownership", "dbt", digest(encode(COMPANY[1].value))),  # type: ignore[arg-type]
    ]
    scope = catalog.scope(ADA)
    for ref in refs:
        assert catalog.cite(ref, scope).json
    erased(catalog, ANA)
    for ref in refs:
        with pytest.raises(Erased, match="only its digest is kept"):
            catalog.cite(ref, scope)
    with pytest.raises(NotFound):
        catalog.cite(Evidence(ANA, "person", "dbt", "0" * 40), scope)


def test_every_order_of_changes_and_erasure_ends_in_the_same_state(local: Callable[..., Catalog]) -> None:
    later = said(ORDERS, Documentation("Ana Souza left."), on=3)
    first = local()
    first.apply([*COMPANY, later])
    erasures = erased(first, ANA, PAY)
    pieces: list[Sequence[Change]] = [COMPANY[:4], COMPANY[4:], [later]]
    for order in itertools.permutations([*pieces, None]):
        other = local()
        for piece in order:
            if piece is None:
                arrives(other, erasures)
            else:
                other.apply(piece)
        assert other.state_hash() == first.state_hash()
        assert held(other, ORDERS) == held(first, ORDERS)
        assert held(other, ORDERS, 1) == held(first, ORDERS, 1)
        assert "pay_2024" not in dump(other)


def arrives(catalog: Catalog, erasures: list[Erasure]) -> None:
    """The erasure alone, as from an export: by its marks, without a name."""
    from catalog.erase.marks import Recogniser
    from catalog.erase.sweep import Sweep

    with catalog.database.writing() as connection:
        connection.execute(insert(tables.erasures), [row_of(one) for one in erasures])
        Sweep(catalog.database, connection, Recogniser(erasures), micros(day(10))).run()


def test_nothing_comes_back_from_the_same_sources(catalog: Catalog) -> None:
    catalog.apply(COMPANY)
    erased(catalog, ANA, PAY)
    state = catalog.state_hash()
    catalog.apply(COMPANY)
    catalog.apply([said(c.urn, c.value, c.origin.source, on=30) for c in COMPANY])
    assert catalog.state_hash() == state
    assert "souza" not in dump(catalog).casefold().replace("anastasia souza", "")


def test_a_lifted_erasure_lets_in_what_is_new_and_nothing_old(catalog: Catalog) -> None:
    catalog.apply(COMPANY)
    erased(catalog, PAY)
    fresh = said(PAY, Documentation("A table of another kind."), on=20)
    catalog.apply([fresh])
    assert held(catalog, PAY) == {}
    lift(catalog.database, PAY, micros(day(21)))
    catalog.apply([*COMPANY, said(PAY, Documentation("What people earn."), on=22)])
    assert held(catalog, PAY) == {}
    catalog.apply([fresh])
    assert held(catalog, PAY) == {"documentation": Documentation("A table of another kind.")}
    with pytest.raises(NotFound, match="No erasure"):
        lift(catalog.database, ORDERS, micros(day(21)))


def test_a_like_value_of_another_asset_is_its_own(catalog: Catalog) -> None:
    catalog.apply(COMPANY)
    erased(catalog, PAY)
    assert "What people earn" not in dump(catalog)
    catalog.apply([said(ORDERS, Documentation("What people earn."), on=20)])
    assert held(catalog, ORDERS)["documentation"] == Documentation("What people earn.")


def test_answers_lose_their_text(catalog: Catalog, clock: Clock) -> None:
    catalog.apply(COMPANY)
    row = {"conversation": "c", "turn": 0, "asked_at": micros(BEGIN), "catalog_version": 1}
    texts = {"mine": (ANA, "where is churn?"), "about": (ADA, "who is Ana Souza?"), "other": (ADA, "where is churn?")}
    with catalog.database.writing() as connection:
        for ident, (viewer, question) in texts.items():
            values = row | {
                "answer_id": ident,
                "viewer": viewer,
                "question": question,
                "answer": '{"text": "x"}',
                "call": "{}",
            }
            connection.execute(insert(tables.answers), [values])
            note = {"answer_id": ident, "viewer": viewer, "given_at": 1, "helpful": True, "note": "thanks"}
            connection.execute(insert(tables.feedback), [note])
    erased(catalog, ANA)
    with catalog.database.reading() as connection:
        left = dict(connection.execute(select(tables.answers.c.answer_id, tables.answers.c.question)).all())
        calls = set(
            connection.execute(select(tables.answers.c.answer_id).where(tables.answers.c.call.is_not(None))).scalars()
        )
        notes = dict(connection.execute(select(tables.feedback.c.answer_id, tables.feedback.c.note)).all())
    assert left == {"mine": None, "about": None, "other": "where is churn?"}
    assert calls == {"other"}
    assert notes == {"mine": "", "about": "", "other": "thanks"}
    erased(catalog, "answer:other")
    assert "where is churn" not in dump(catalog)


def test_a_name_that_may_mean_several_things_is_asked_about(catalog: Catalog) -> None:
    catalog.apply([*COMPANY, said(ORDERS.replace("public", "old"), Info(kind="table", name="orders"))])
    with pytest.raises(BadInput, match=r"may mean .*public"):
        erased(catalog, "orders")
    with pytest.raises(NotFound, match="Nothing is called 'nobody'"):
        erased(catalog, "nobody")
    with pytest.raises(NotFound, match="no answer 'x'"):
        erased(catalog, "answer:x")


def test_a_person_known_under_two_urns_goes_whole(catalog: Catalog) -> None:
    twin = "urn:li:corpuser:ana.souza@shop.example"
    catalog.apply(
        [*COMPANY, said(twin, Person("Ana Souza"), "datahub"), said(ORDERS, Ownership((Owner(twin),)), "datahub")]
    )
    erased(catalog, ANA)
    assert "ana.souza" not in dump(catalog)
