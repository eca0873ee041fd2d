"""What is read of tables and views, the same on every engine: names, columns, keys, SQL, lineage, sizes."""

from __future__ import annotations

import pytest
from database_words import Place
from sqlalchemy.engine import make_url

from catalog.aspects import Documentation, ForeignKey, Info, Lineage, Logic, Profile, Schema
from catalog.errors import ConfigInvalid, SourceUnreadable
from indexer.sources.database import address, other
from indexer.sources.database.records import Relation

CUSTOMERS = "CREATE TABLE customers (id integer PRIMARY KEY, email varchar(80) NOT NULL, UNIQUE (email))"
ORDERS = (
    "CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer, amount decimal(10,2) DEFAULT 7, "
    "FOREIGN KEY (customer_id) REFERENCES customers (id))"
)
TOTALS = "CREATE VIEW totals AS SELECT c.email, o.amount * 2 AS doubled FROM orders o JOIN customers c ON c.id = o.customer_id"


def shop(place: Place) -> Place:
    place.run(CUSTOMERS, ORDERS, TOTALS)
    return place


def test_tables_and_views_with_their_place(place: Place) -> None:
    told = shop(place).tell()
    assert told.tables == ["customers", "orders", "totals"]
    assert told.skipped == []
    info = told.get(place.urn("orders"), Info)
    assert (info.kind, info.name, info.platform, info.env) == ("table", "orders", place.platform, "PROD")
    assert info.qualified_name == f"{place.within}.orders"
    assert told.get(place.urn("totals"), Info).kind == "view"
    schema = told.get(info.parent, Info)
    assert (schema.kind, schema.name, schema.qualified_name) == ("container", place.schema, place.within)
    if "." in place.within:
        assert told.get(schema.parent, Info).subtype == "Database"


def test_columns_in_order_with_types_keys_and_defaults(place: Place) -> None:
    told = shop(place).tell()
    columns = told.get(place.urn("orders"), Schema).columns
    assert [(c.name, c.position, c.primary_key) for c in columns] == [
        ("id", 1, True),
        ("customer_id", 2, False),
        ("amount", 3, False),
    ]
    assert columns[0].nullable is False
    assert columns[1].nullable is True
    native = {"postgresql": "numeric(10,2)", "duckdb": "DECIMAL(10,2)"}.get(place.engine, "decimal(10,2)")
    assert columns[2].type == native
    assert dict(columns[2].properties)["default"].strip("'").startswith("7")
    email = told.get(place.urn("customers"), Schema).columns[1]
    assert (email.nullable, dict(email.properties)["unique"]) == (False, "true")


def test_foreign_keys_point_at_the_table(place: Place) -> None:
    told = shop(place).tell()
    (key,) = told.get(place.urn("orders"), Schema).foreign_keys
    assert (key.columns, key.target, key.target_columns) == (("customer_id",), place.urn("customers"), ("id",))


def test_views_have_their_sql_and_their_lineage_by_column(place: Place) -> None:
    told = shop(place).tell()
    logic = told.get(place.urn("totals"), Logic)
    assert logic.dialect == place.platform
    assert "select" in logic.text.lower()
    lineage = told.get(place.urn("totals"), Lineage)
    assert {up.urn for up in lineage.upstreams} == {place.urn("orders"), place.urn("customers")}
    assert {up.basis for up in lineage.upstreams} == {"parsed"}
    edges = {(edge.source_urn, edge.source_column, edge.column) for edge in lineage.columns}
    assert edges == {
        (place.urn("customers"), "email", "email"),
        (place.urn("orders"), "amount", "doubled"),
    }


ODD = ['Or.der "s', "per:cent %s (x)", "Größe, ☃", "select", "it's `so`"]


def test_names_with_capitals_quotes_dots_and_unicode(place: Place) -> None:
    if place.engine == "mariadb":
        quoted = ["`" + name.replace("`", "``") + "`" for name in ODD]
    else:
        quoted = ['"' + name.replace('"', '""') + '"' for name in ODD]
    for table in quoted:
        place.run(f"CREATE TABLE {table} ({', '.join(f'{name} integer' for name in quoted)})")
        place.run(f"INSERT INTO {table} VALUES (1, 2, 3, 4, 5)")
    told = place.tell(profile=True)
    assert told.skipped == []
    infos = [one for one in told.aspects.values() if isinstance(one, Info) and one.kind == "table"]
    assert sorted(info.name for info in infos) == sorted(ODD)
    urn = place.urn("Größe%2C ☃")
    assert [column.name for column in told.get(urn, Schema).columns] == ODD
    assert [column.column for column in told.get(urn, Profile).columns] == ODD
    assert told.get(urn, Profile).rows == 1


def test_very_wide_tables(place: Place) -> None:
    width = {"postgresql": 1500, "mariadb": 1000}.get(place.engine, 2000)  # the engines' own limits
    place.run(f"CREATE TABLE wide ({', '.join(f'c{i} integer' for i in range(width))})")
    columns = place.tell().get(place.urn("wide"), Schema).columns
    assert [column.name for column in columns] == [f"c{i}" for i in range(width)]


def test_a_table_that_takes_several_statements_to_measure(place: Place) -> None:
    place.run(f"CREATE TABLE wide ({', '.join(f'c{i} integer' for i in range(230))})")
    place.run("INSERT INTO wide (c0, c229) VALUES (5, 6)")
    profile = place.tell(profile=True).get(place.urn("wide"), Profile)
    assert [one.column for one in profile.columns] == [f"c{i}" for i in range(230)]
    assert [one.null_share for one in (*profile.columns[:2], profile.columns[-1])] == [0.0, 1.0, 0.0]


def test_tables_and_schemas_can_be_left_out(place: Place) -> None:
    told = shop(place).tell(exclude=(f"{place.schema}.cust*", "staging"))
    assert told.tables == ["orders", "totals"]
    assert place.tell(schemas=(), exclude=("*",)).tables == []


def test_one_pattern_may_stand_without_brackets(place: Place) -> None:
    assert shop(place).tell(schemas=place.schema, exclude=f"{place.schema}.orders").tables == ["customers", "totals"]


def test_all_is_complete_when_all_was_read(place: Place) -> None:
    told = shop(place).tell()
    assert told.complete[-1] == ""
    assert [locator.rsplit("/", 1)[-1] for locator in told.complete[:-1]] == [place.schema, f"{place.schema}#profile"]


def test_a_schema_that_is_not_there_is_told_and_takes_nothing_away(place: Place) -> None:
    told = shop(place).tell(schemas=(place.schema, "nowhere"))
    (skipped,) = told.skipped
    assert skipped.error
    assert "no schema 'nowhere'" in skipped.why
    assert "" not in told.complete
    assert told.tables == ["customers", "orders", "totals"]


def test_comments_become_documentation(place: Place) -> None:
    if place.engine == "sqlite":
        pytest.skip("SQLite has no comments")
    if place.engine == "mariadb":
        place.run("CREATE TABLE t (a integer COMMENT 'What it is') COMMENT 'All of it'")
    else:
        place.run(
            "CREATE TABLE t (a integer)", "COMMENT ON TABLE t IS 'All of it'", "COMMENT ON COLUMN t.a IS 'What it is'"
        )
    told = place.tell()
    assert told.get(place.urn("t"), Documentation).text == "All of it"
    assert told.get(place.urn("t"), Schema).columns[0].description == "What it is"


def test_keys_over_several_columns_and_indexes(place: Place) -> None:
    place.run(
        "CREATE TABLE t (a integer, b integer, c integer, d integer, PRIMARY KEY (b, a), UNIQUE (c, d))",
        "CREATE INDEX t_d ON t (d)",
    )
    told = place.tell()
    properties = dict(told.get(place.urn("t"), Info).properties)
    assert properties["primary_key"] == "b, a"
    assert properties["unique"] == "c, d"
    assert properties["indexes"] == "d"
    assert not any(dict(column.properties).get("unique") for column in told.get(place.urn("t"), Schema).columns)


def test_names_can_leave_out_the_database(place: Place) -> None:
    told = shop(place).tell(database_in_names=False)
    assert told.has(f"urn:li:dataset:(urn:li:dataPlatform:{place.platform},{place.schema}.orders,PROD)", Schema)
    lineage = told.get(f"urn:li:dataset:(urn:li:dataPlatform:{place.platform},{place.schema}.totals,PROD)", Lineage)
    assert len(lineage.upstreams) == 2


def test_the_reader_for_other_engines_tells_the_same(place: Place) -> None:
    """The Inspector alone, which reads every engine that has no file of its own, beside the engine's own file."""
    if place.engine == "duckdb":
        pytest.skip("has no SQLAlchemy dialect here")
    shop(place)
    own = place.tell()
    engine = other.Other(address.parse(place.url, "", "PROD", True), 10)
    assert place.schema in [schema.name for schema in engine.schemas()]
    relations = [one for one in engine.relations(place.schema, lambda name: True) if isinstance(one, Relation)]
    engine.close()
    assert sorted(one.name for one in relations) == own.tables
    by_name = {one.name: one for one in relations}
    names = [column.name for column in by_name["orders"].columns]
    assert names == [column.name for column in own.get(place.urn("orders"), Schema).columns]
    assert by_name["orders"].primary_key == ("id",)
    assert by_name["orders"].references[0].table == "customers"
    assert "select" in by_name["totals"].sql.lower()


@pytest.mark.parametrize(
    ("url", "platform", "qualified"),
    [
        ("postgresql://u@h/shop", "postgres", "shop.s.t"),
        ("mysql://u@h/shop", "mysql", "s.t"),
        ("mariadb://u@h", "mariadb", "s.t"),
        ("duckdb:///data/shop.duckdb", "duckdb", "shop.s.t"),
        ("sqlite:////data/shop.db", "sqlite", "shop.s.t"),
        ("snowflake://u@account/SHOP/PUBLIC?warehouse=w", "snowflake", "SHOP.s.t"),
        ("bigquery://project/dataset", "bigquery", "project.s.t"),
        ("trino://u@h:8080/hive/default", "trino", "hive.s.t"),
        ("mssql+pyodbc://u@h/shop?driver=x", "mssql", "shop.s.t"),
    ],
)  # fmt: skip
def test_platforms_and_names_by_url(url: str, platform: str, qualified: str) -> None:
    found = address.parse(url, "", "PROD", True)
    assert (found.platform, found.qualified("s", "t")) == (platform, qualified)


@pytest.mark.parametrize("option", [{"statement_timeout": 0}, {"profile_rows": -1}, {"profile_seconds": "long"}])
def test_numbers_that_make_no_sense_are_refused(sqlite: Place, option: dict[str, object]) -> None:
    with pytest.raises(ConfigInvalid, match="a number of more than 0"):
        sqlite.tell(**option)


@pytest.mark.parametrize("engine", ["sqlite", "duckdb"])
def test_a_file_that_is_missing_or_something_else_is_unreadable_and_is_not_made(engine: str, tmp_path: object) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path))
    missing, text = folder / "missing.db", folder / "text.db"
    text.write_text("not a database, " * 1000)
    for path in (missing, text):
        with pytest.raises(SourceUnreadable, match="cannot be opened"):
            Place(engine, f"{engine}:///{path}", "main", lambda: None, path).tell()
    assert not missing.exists()


def test_a_key_to_a_table_of_another_schema_and_a_view_over_both(place: Place) -> None:
    if place.engine in ("sqlite", "duckdb"):
        pytest.skip("has no keys across schemas")
    two = f"{place.schema}_b"
    place.run(f"CREATE {'SCHEMA' if place.engine == 'postgresql' else 'DATABASE'} {two}")
    try:
        place.run(
            CUSTOMERS,
            f"CREATE TABLE {two}.orders (id integer PRIMARY KEY, customer_id integer, "
            f"FOREIGN KEY (customer_id) REFERENCES {place.schema}.customers (id))",
            f"CREATE VIEW {two}.emails AS SELECT c.email FROM {place.schema}.customers c JOIN {two}.orders o "
            "ON o.customer_id = c.id",
        )
        told = place.tell(schemas=(f"{place.schema}*",))
        orders = place.urn("orders", two)
        (key,) = told.get(orders, Schema).foreign_keys
        assert isinstance(key, ForeignKey)
        assert key.target == place.urn("customers")
        lineage = told.get(place.urn("emails", two), Lineage)
        assert {up.urn for up in lineage.upstreams} == {orders, place.urn("customers")}
    finally:
        place.run(
            f"DROP {'SCHEMA' if place.engine == 'postgresql' else 'DATABASE'} {two}"
            + (" CASCADE" if place.engine == "postgresql" else "")
        )


def test_mysql_reads_the_database_of_its_url(mariadb: Place) -> None:
    mariadb.run(CUSTOMERS)
    url = make_url(mariadb.url).set(database=mariadb.schema).render_as_string(hide_password=False)
    told = Place("mariadb", url, mariadb.schema, mariadb.run).tell(schemas=())
    assert told.tables == ["customers"]
