"""The rules of identity: what is one thing, what is not, and that the order in which URNs come makes no difference."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.errors import ConfigInvalid
from catalog.identity import Beside, IdentityRules, Known, Link, resolve, rules_from, rules_of, twins, urn_of
from catalog.urn import dataset

PLAIN = IdentityRules()


def are_one(a: str, b: str, *links: Link, beside: dict[str, Beside] | None = None, **config: Any) -> bool:
    rules = rules_of(config)
    found = resolve(Known((a, b), links, beside or {}), rules)
    back = resolve(Known((b, a), tuple(reversed(links)), beside or {}), rules)
    assert found == back
    return a in found and b in found and found[a].canonical == found[b].canonical


@pytest.mark.parametrize(
    ("platform", "a", "b", "same"),
    [
        ("snowflake", "DB.PUBLIC.ORDERS", "db.public.orders", True),
        ("snowflake", 'DB.PUBLIC."orders"', "DB.PUBLIC.ORDERS", False),
        ("snowflake", "DB.PUBLIC.Orders", "DB.PUBLIC.ORDERS", False),
        ("oracle", "HR.EMPLOYEES", "hr.employees", True),
        ("postgres", "shop.public.Orders", "shop.public.orders", False),
        ("postgres", "shop.public.ORDERS", "shop.public.orders", False),
        ("postgres", 'shop.public."orders"', "shop.public.orders", True),
        ("redshift", "dwh.public.Orders", "dwh.public.orders", True),
        ("mysql", "shop.Orders", "shop.orders", False),
        ("bigquery", "Acme-Prod.sales.orders", "acme-prod.sales.orders", True),
        ("bigquery", "acme-prod.Sales.orders", "acme-prod.sales.orders", False),
        ("bigquery", "acme-prod:sales.orders", "acme-prod.sales.orders", True),
        ("bigquery", "acme-prod.sales.events_20240101", "acme-prod.sales.events_20240102", False),
        ("mssql", "[Sales].[dbo].[Order Details]", "sales.dbo.order details", True),
        ("kafka", "Orders", "orders", False),
        ("s3", "s3://lake/raw/orders/", "lake/raw/orders", True),
        ("s3", "lake/Raw", "lake/raw", False),
        ("athena", "awsdatacatalog.logs.elb", "logs.elb", True),
        ("unheard-of", "a.B", "a.b", False),
        ("postgres", 'shop."public.orders".lines', "shop.public.orders", False),
    ],
)
def test_case_and_quotes_count_as_they_do_on_the_platform(platform: str, a: str, b: str, same: bool) -> None:
    assert are_one(dataset(platform, a), dataset(platform, b)) is same


def test_names_in_code_may_stand_in_any_letters() -> None:
    model, table = dataset("snowflake", "Shop.Public.Orders"), dataset("snowflake", "SHOP.PUBLIC.ORDERS")
    assert not are_one(model, table)
    assert are_one(model, table, beside={model: Beside(in_code=True)})


def test_environments_have_one_spelling_and_stay_apart() -> None:
    name = "shop.public.orders"
    assert are_one(dataset("postgres", name, "prod"), dataset("postgres", name, "production"))
    for env in ("DEV", "STG", "TEST", "UAT", "QA"):
        assert not are_one(dataset("postgres", name), dataset("postgres", name, env))


def test_a_name_without_its_database_is_only_what_configuration_says() -> None:
    short, full = dataset("postgres", "public.orders"), dataset("postgres", "shop.public.orders")
    assert not are_one(short, full)
    assert are_one(short, full, databases={"postgres": "shop"})
    assert not are_one(short, full, databases={"postgres": "crm"})
    assert twins(short, Known((short, full, dataset("postgres", "crm.public.orders"))), PLAIN) == [
        dataset("postgres", "crm.public.orders"), full,
    ]  # fmt: skip


def test_instances_and_servers_are_told_by_configuration_alone() -> None:
    plain, eu, us = (dataset("postgres", f"{head}shop.public.orders") for head in ("", "eu.", "us."))
    server = urn_of("postgres://pg-eu.acme:5432", "shop.public.orders")
    assert not any(are_one(a, b) for a, b in ((plain, eu), (eu, us), (plain, server), (eu, server)))
    known = {"instances": {"eu": "postgres", "us": "postgres"}, "hosts": {"pg-eu.acme:5432": "eu"}}
    assert are_one(eu, server, **known)
    assert not are_one(us, server, **known)
    assert are_one(plain, server, hosts={"PG-EU.acme": "PROD"})
    assert not are_one(plain, server, hosts={"pg-eu.acme": "DEV"})


@pytest.mark.parametrize(
    ("namespace", "name", "urn"),
    [
        ("bigquery", "p.d.t", dataset("bigquery", "p.d.t")),
        ("s3a://lake", "/raw/orders/", dataset("s3", "lake/raw/orders")),
        ("gs://lake", "raw", dataset("gcs", "lake/raw")),
        ("abfss://lake@acme.dfs.core.windows.net", "/gold", dataset("abs", "lake@acme.dfs.core.windows.net/gold")),
        ("file", "/tmp/a.csv", dataset("file", "/tmp/a.csv")),
        ("file://host", "/tmp/a.csv", dataset("file", "host/tmp/a.csv")),
        ("postgres://User@Host", "shop.public.orders", dataset("postgres", "host:5432/shop.public.orders")),
        ("redshift://dwh.eu-west-1:5439", "a.b.c", dataset("redshift", "dwh.eu-west-1:5439/a.b.c")),
        ("sqlserver://sql1", "a.b.c", dataset("mssql", "sql1:1433/a.b.c")),
        ("mysql://m1:3307", "shop.orders", dataset("mysql", "m1:3307/shop.orders")),
        ("snowflake://Org-Acct", "A.B.C", dataset("snowflake", "org-acct/A.B.C")),
        ("hive://m:9083", "a.b", dataset("hive", "m:9083/a.b")),
        ("kafka://b2:9092,b1:9092", "orders", dataset("kafka", "b1:9092/orders")),
        ("arn:aws:glue:eu:1", "table/a/b", dataset("glue", "arn:aws:glue:eu:1/a.b")),
        ("awsglue://eu-west-1", "a.b", dataset("glue", "eu-west-1/a.b")),
        ("postgres://pg-staging:5432", "a.b.c", dataset("postgres", "pg-staging:5432/a.b.c", "STG")),
    ],
)
def test_openlineage_names_become_urns(namespace: str, name: str, urn: str) -> None:
    assert urn_of(namespace, name) == urn


def test_a_namespace_may_be_configured() -> None:
    rules = rules_of({"namespaces": {"Warehouse": {"platform": "postgres", "env": "TEST", "prefix": "shop"}}})
    assert urn_of("warehouse", "public.orders", rules) == dataset("postgres", "shop.public.orders", "TEST")


def test_siblings_join_a_dbt_node_with_its_one_table() -> None:
    node, table = dataset("dbt", "db.public.alias"), dataset("snowflake", "DB.PUBLIC.ORDERS")
    lower = dataset("snowflake", "db.public.orders")
    assert not are_one(node, table)
    assert are_one(node, table, Link(node, lower, "sibling", "datahub"))
    other = dataset("snowflake", "db.public.customers")
    assert not are_one(node, table, Link(node, lower, "sibling", "d"), Link(node, other, "sibling", "d"))
    assert not are_one(node, dataset("snowflake", "db.public.orders", "DEV"), Link(node, lower, "sibling", "d"))
    assert are_one(dataset("dbt", "db.public.orders"), table, platforms={"dbt": "snowflake"})


def test_siblings_on_one_platform_are_shares_or_copies() -> None:
    a, b = dataset("snowflake", "db.public.orders"), dataset("snowflake", "shared.public.orders")
    assert not are_one(a, b, Link(a, b, "sibling", "datahub"))
    trino, hive = dataset("trino", "hive.web.clicks"), dataset("hive", "web.clicks")
    assert not are_one(trino, hive)
    assert are_one(trino, hive, Link(trino, hive, "sibling", "datahub"))


def test_people_join_and_split_and_a_split_always_wins() -> None:
    a, b, c = dataset("snowflake", "a.b.c"), dataset("snowflake", "A.B.C"), "urn:li:dashboard:(looker,1)"
    assert are_one(a, c, Link(a, c, "same", "person"))
    assert not are_one(a, b, Link(b, a, "not_same", "person"))
    assert not are_one(a, b, Link(a, b, "same", "files"), Link(a, b, "not_same", "person"))
    found = resolve(
        Known((a, b, c), (Link(a, b, "not_same", "p"), Link(a, c, "same", "p"), Link(b, c, "same", "p"))), PLAIN
    )
    home = {urn: found[urn].canonical if urn in found else urn for urn in (a, b)}
    assert home[a] != home[b]


def test_the_table_gives_the_name() -> None:
    node, upper, lower = dataset("dbt", "a.b.c"), dataset("snowflake", "A.B.C"), dataset("snowflake", "a.b.c")
    found = resolve(Known((node, upper, lower), (Link(node, lower, "sibling", "datahub"),)), PLAIN)
    assert {member.canonical for member in found.values()} == {lower}
    assert [found[urn].rule for urn in (node, upper, lower)] == ["siblings", "spelling", "canonical"]


@pytest.mark.parametrize(
    "body", [{"who": {}}, {"hosts": "x"}, {"hosts": {"a": 1}}, {"case": {"mysql": "no"}}, {"namespaces": {"x": {}}}]
)
def test_a_wrong_configuration_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(ConfigInvalid):
        rules_of(body)


def test_rules_are_kept_as_text() -> None:
    rules = rules_of({"hosts": {"pg1": "PROD"}, "case": {"mysql": "insensitive"}})
    assert rules_from(rules.text) == rules
    assert are_one(dataset("mysql", "a.B"), dataset("mysql", "a.b"), case={"mysql": "insensitive"})


NAMES = st.sampled_from(
    ["db.public.orders", "DB.PUBLIC.ORDERS", "db.public.Orders", "public.orders", "x.db.public.orders"]
)
URNS = st.builds(
    dataset, st.sampled_from(["snowflake", "postgres", "dbt"]), NAMES, st.sampled_from(["PROD", "prod", "DEV"])
)
LINKS = st.builds(
    Link, URNS, URNS, st.sampled_from(["same", "not_same", "sibling"]), st.sampled_from(["person", "datahub"])
)


@given(st.lists(URNS, max_size=8), st.lists(LINKS, max_size=4), st.data())
def test_any_order_gives_the_same_identities(urns: list[str], links: list[Link], data: st.DataObject) -> None:
    found = resolve(Known(urns, links), PLAIN)
    assert found == resolve(Known(data.draw(st.permutations(urns)), data.draw(st.permutations(links))), PLAIN)
    for link in links:
        if link.kind == "not_same" and link.urn != link.other and link.urn in found and link.other in found:
            assert found[link.urn].canonical != found[link.other].canonical
    for member in found.values():
        assert found[member.canonical].canonical == member.canonical
