"""Applying changes: idempotent, all or nothing, events once, late arrivals and tombstones at their own time."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from catalog_words import Clock, said
from sqlalchemy import func, select

from catalog import store, tables
from catalog.aspects import Documentation, Info, Ownership, Tags
from catalog.catalog import Catalog
from catalog.change import Change, Removed
from catalog.errors import UrnInvalid
from catalog.store import Applied

ORDERS = "urn:li:dataset:(urn:li:dataPlatform:postgres,shop.public.orders,PROD)"
A, B = Documentation("A"), Documentation("B")


def rows(catalog: Catalog, *names: str) -> int:
    with catalog.database.reading() as connection:
        return sum(
            connection.execute(select(func.count()).select_from(tables.metadata.tables[name])).scalar() or 0
            for name in names or ("history", "sightings", "contents")
        )


def text_of(catalog: Catalog) -> str | None:
    held = catalog.view(catalog.scope("urn:li:corpuser:ada")).read(ORDERS, Documentation)
    return held.value.text if held else None


def test_the_same_changes_again_write_nothing(catalog: Catalog) -> None:
    changes = [said(ORDERS, A), said(ORDERS, Tags(("x",)), "datahub")]
    assert catalog.apply(changes) == Applied(added=2)
    before = rows(catalog), catalog.version(), catalog.state_hash()
    assert catalog.apply(changes) == Applied(repeated=2)
    assert (rows(catalog), catalog.version(), catalog.state_hash()) == before


def test_what_each_change_did_is_counted(catalog: Catalog) -> None:
    assert catalog.apply([said(ORDERS, A, on=0)]) == Applied(added=1)
    assert catalog.apply([said(ORDERS, A, on=1)]) == Applied(seen_again=1)
    assert catalog.apply([said(ORDERS, B, on=2)]) == Applied(changed=1)
    assert catalog.apply([said(ORDERS, Removed("documentation"), on=3)]) == Applied(removed=1)
    assert text_of(catalog) is None
    assert catalog.view(catalog.scope("urn:li:corpuser:ada")).asset(ORDERS) is None


def test_seeing_a_value_again_is_no_new_version(catalog: Catalog) -> None:
    catalog.apply([said(ORDERS, A, on=0)])
    version = catalog.version()
    catalog.apply([said(ORDERS, A, on=1)])
    assert catalog.version() == version
    assert rows(catalog, "history") == 1


def test_a_late_arrival_joins_the_history_and_changes_nothing_current(catalog: Catalog) -> None:
    catalog.apply([said(ORDERS, B, on=5)])
    state = catalog.state_hash()
    assert catalog.apply([said(ORDERS, A, on=1)]) == Applied(seen_again=1)
    assert catalog.apply([said(ORDERS, A, on=1), said(ORDERS, A, on=1)]) == Applied(repeated=2)
    assert (text_of(catalog), catalog.state_hash()) == ("B", state)


def test_an_event_is_applied_once(catalog: Catalog, clock: Clock) -> None:
    change = said(ORDERS, A, on=None, event="e1")
    assert catalog.apply([change, change]) == Applied(added=1, repeated=1)
    clock.move()
    assert catalog.apply([change]) == Applied()
    assert catalog.apply([said(ORDERS, A, on=None, event="e2")]) == Applied(seen_again=1)


def test_an_event_with_many_changes_is_applied_whole(
    local: Callable[..., Catalog], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its changes may cross the border of a batch: the second part must not count as known."""
    monkeypatch.setattr(store, "BATCH", 3)
    catalog = local()
    changes = [said(f"urn:li:tag:{n}", A, event="e1" if n > 1 else "e0") for n in range(8)]
    assert catalog.apply([*changes, said("urn:li:tag:last", A)]) == Applied(added=9)


def test_a_tombstone_that_comes_before_the_asset_still_removes_it(catalog: Catalog) -> None:
    assert catalog.apply([said(ORDERS, Removed(), on=5)]) == Applied(removed=1)
    catalog.apply([said(ORDERS, A, on=1)])
    assert text_of(catalog) is None
    assert rows(catalog, "assets") == 0
    catalog.apply([said(ORDERS, B, on=6)])
    assert text_of(catalog) == "B"


def test_a_tombstone_ends_only_what_its_own_source_said(catalog: Catalog) -> None:
    catalog.apply([said(ORDERS, A, "dbt"), said(ORDERS, Tags(("x",)), "dbt"), said(ORDERS, Info(name="o"), "datahub")])
    catalog.apply([said(ORDERS, Removed(), "dbt", on=1)])
    view = catalog.view(catalog.scope("urn:li:corpuser:ada"))
    assert set(view.read_all(ORDERS)) == {"info"}
    row = view.asset(ORDERS)
    assert row is not None
    assert row.tags == frozenset()


def test_a_batch_with_a_bad_urn_writes_nothing(catalog: Catalog) -> None:
    with pytest.raises(UrnInvalid):
        catalog.apply([said(ORDERS, A), said("orders", A)])
    assert rows(catalog) == 0
    assert catalog.state_hash() == "0" * 32


def test_a_source_that_fails_half_way_keeps_the_batches_before(
    local: Callable[..., Catalog], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "BATCH", 2)
    catalog = local()

    def failing() -> list[Change]:
        raise OSError("the disk is gone")

    def changes():  # type: ignore[no-untyped-def]
        yield from (said(f"urn:li:tag:{n}", A) for n in range(5))
        yield from failing()

    with pytest.raises(OSError, match="disk"):
        catalog.apply(changes())
    assert rows(catalog, "assets") == 4


def test_equal_text_under_two_aspects_is_two_values(catalog: Catalog) -> None:
    """Both are '{}' as stored; the digest alone must not mix them up."""
    catalog.apply([said(ORDERS, Tags()), said(ORDERS, Ownership())])
    held = catalog.view(catalog.scope("urn:li:corpuser:ada")).read_all(ORDERS)
    assert (held["tags"].value, held["ownership"].value) == (Tags(), Ownership())
