"""The catalog as a whole: citing, sources and their ranks, runs, and who people are."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from catalog_words import Clock, day, said
from sqlalchemy import update

from catalog import tables
from catalog.aspects import AccessRule, Documentation, Info, Lineage, Person, Policy, Team, Upstream
from catalog.catalog import Catalog, decode_record
from catalog.change import Evidence, Removed, parse_ref
from catalog.errors import BadInput, Erased, NotFound
from catalog.urn import dataset

ORDERS, SALARIES = dataset("postgres", "shop.orders"), dataset("postgres", "shop.salaries")
ADA = "urn:li:corpuser:ada"
A, B = Documentation("A"), Documentation("B")


def hide(catalog: Catalog, action: str = "discover") -> None:
    rule = AccessRule("deny", action, assets=("shop.salaries",))  # type: ignore[arg-type]
    catalog.apply([said("urn:li:policy:p", Policy(access=(rule,)), "files")])


def evidence(catalog: Catalog, urn: str, source: str = "dbt") -> Evidence:
    held = catalog.view(catalog.scope(ADA)).read(urn, Documentation)
    assert held is not None
    return next(one.evidence for one in (*held.said, *held.disputes) if one.point.source == source)


def test_a_citation_opens_the_stored_value_with_where_it_came_from(catalog: Catalog) -> None:
    catalog.apply([said(ORDERS, A, on=1)])
    record = catalog.cite(parse_ref(evidence(catalog, ORDERS).ref()), catalog.scope(ADA))
    assert decode_record(record) == A
    assert (record.observed_at, record.locator, record.pointer) == (day(1), "dbt.json", f"nodes.{ORDERS}")
    assert record.is_current


def test_an_old_value_can_still_be_cited_and_is_not_current(catalog: Catalog) -> None:
    catalog.apply([said(ORDERS, A)])
    old = evidence(catalog, ORDERS)
    catalog.apply([said(ORDERS, B, on=1)])
    record = catalog.cite(old, catalog.scope(ADA))
    assert (decode_record(record), record.is_current) == (A, False)


@pytest.mark.parametrize("action", ["discover", "read"])
def test_citing_what_is_hidden_reads_like_citing_what_is_missing(catalog: Catalog, action: str) -> None:
    catalog.apply([said(SALARIES, A)])
    hidden = evidence(catalog, SALARIES)
    hide(catalog, action)
    missing = Evidence(dataset("postgres", "shop.nothing"), "documentation", "dbt", hidden.version)
    told = []
    for one in (hidden, missing):
        with pytest.raises(NotFound) as error:
            catalog.cite(one, catalog.scope(ADA))
        told.append(str(error.value).replace(one.urn, "URN"))
    assert told[0] == told[1]


def test_nothing_else_of_a_readable_asset_can_be_guessed(catalog: Catalog) -> None:
    catalog.apply([said(ORDERS, A), said(SALARIES, B)])
    theirs = evidence(catalog, SALARIES)
    for one in (
        Evidence(ORDERS, "documentation", "dbt", theirs.version),
        Evidence(ORDERS, "documentation", "sql", evidence(catalog, ORDERS).version),
        Evidence(ORDERS, "tags", "dbt", evidence(catalog, ORDERS).version),
    ):
        with pytest.raises(NotFound):
            catalog.cite(one, catalog.scope(ADA))


def test_a_cited_lineage_leaves_hidden_upstreams_out(catalog: Catalog) -> None:
    catalog.apply([said(SALARIES, A), said(ORDERS, Lineage((Upstream(SALARIES), Upstream("urn:li:tag:x"))))])
    held = catalog.view(catalog.scope(ADA)).read(ORDERS, Lineage)
    assert held is not None
    hide(catalog)
    whole = held.said[0].evidence
    with pytest.raises(NotFound):  # the digest of the whole would prove a guess at what was taken out
        catalog.cite(whole, catalog.scope(ADA))
    left = catalog.view(catalog.scope(ADA)).read(ORDERS, Lineage)
    assert left is not None
    record = catalog.cite(left.said[0].evidence, catalog.scope(ADA))
    assert decode_record(record) == Lineage((Upstream("urn:li:tag:x"),))
    assert record.is_current


def test_what_was_erased_says_so(catalog: Catalog) -> None:
    catalog.apply([said(ORDERS, A), said(ORDERS, Info(name="o"))])
    one = evidence(catalog, ORDERS)
    with catalog.database.writing() as connection:
        connection.execute(update(tables.contents).where(tables.contents.c.digest == one.version).values(json=None))
    with pytest.raises(Erased, match="erased on request"):
        catalog.cite(one, catalog.scope(ADA))
    assert catalog.view(catalog.scope(ADA)).read(ORDERS, Documentation) is None


@pytest.mark.parametrize("text", ["", "urn:li:tag:a", "urn:li:tag:a#tags", "urn:li:tag:a#tags@dbt", "#tags@dbt:1"])
def test_what_is_no_reference_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="copy it from an answer"):
        parse_ref(text)


def test_a_changed_rank_merges_all_assets_anew(catalog: Catalog) -> None:
    catalog.register("dbt", "dbt")
    catalog.register("datahub", "datahub")
    catalog.apply(
        [said(ORDERS, Info(kind="table", name="from dbt")), said(ORDERS, Info(name="from datahub"), "datahub")]
    )
    scope = catalog.scope(ADA)
    assert catalog.view(scope).name(ORDERS) == "from dbt"
    catalog.register("datahub", "datahub", rank=1)
    assert catalog.view(scope).name(ORDERS) == "from datahub"
    catalog.register("datahub", "datahub", rank=1)
    catalog.register("datahub", "datahub")
    assert catalog.view(scope).name(ORDERS) == "from dbt"


def test_sources_show_their_last_run(catalog: Catalog, clock: Clock) -> None:
    catalog.register("dbt", "dbt")
    catalog.register("files", "files")
    for status, report in (("failed", {}), ("done", {"added": 3})):
        run = catalog.start_run("dbt")
        clock.move()
        catalog.end_run(run, status, report)  # type: ignore[arg-type]
    dbt, files = catalog.sources()
    assert (dbt.status, dbt.report, dbt.last_run) == ("done", {"added": 3}, day(2))
    assert (files.status, files.last_run) == ("never run", None)
    assert catalog.counts() == {}


def test_people_belong_to_their_teams_and_all_above(catalog: Catalog) -> None:
    teams = {name: f"urn:li:corpGroup:{name}" for name in ("core", "data", "all", "sales", "guild")}
    catalog.apply([
        said(teams["core"], Team(parent=teams["data"])),
        said(teams["data"], Team(parent=teams["all"])),
        said(teams["all"], Team(parent=teams["core"])),  # a ring must not hang
        said(teams["sales"], Team(members=("urn:li:corpuser:bob",))),
        said(teams["guild"], Team(members=(ADA,))),
        said(ADA, Person(teams=(teams["core"],), roles=("steward",))),
    ])  # fmt: skip
    viewer = catalog.viewer(ADA)
    assert viewer.groups == {teams[name] for name in ("core", "data", "all", "guild")}
    assert viewer.roles == {"steward"}
    assert catalog.viewer("urn:li:corpuser:nobody").groups == frozenset()


@pytest.mark.parametrize("order", [("files", "datahub"), ("datahub", "files")])
def test_the_most_trusted_source_says_which_roles_people_have(
    local: Callable[..., Catalog], order: tuple[str, str]
) -> None:
    catalog = local()
    roles = {"files": Person(roles=("analyst",)), "datahub": Person(roles=("admin",))}
    for source in order:
        catalog.register(source, source)
        catalog.apply([said(ADA, roles[source], source)])
    assert catalog.viewer(ADA).roles == {"analyst"}


def test_a_policy_holds_from_the_next_request_on_and_no_longer(catalog: Catalog) -> None:
    catalog.apply([said(SALARIES, A)])
    assert catalog.view(catalog.scope(ADA)).readable(SALARIES)
    hide(catalog)
    assert not catalog.view(catalog.scope(ADA)).readable(SALARIES)
    catalog.apply([said("urn:li:policy:p", Removed(), "files", on=1)])
    assert catalog.view(catalog.scope(ADA)).readable(SALARIES)


def test_only_the_named_sources_may_say_who_sees_what(local: Callable[..., Catalog]) -> None:
    catalog = local(policy_sources=["files"])
    allow = Policy(access=(AccessRule("allow"),))
    catalog.apply([said(SALARIES, A), said("urn:li:policy:q", allow, "datahub")])
    assert catalog.access_rules() == ()
    hide(catalog)
    assert [rule.effect for rule in catalog.access_rules()] == ["deny"]
