"""Disagreements are kept: of columns in type and description, of checks in their result; other words for one type are none."""

from __future__ import annotations

from catalog.aspects import Check, Checks, Column, Documentation, Schema
from catalog.history import Point
from catalog.merge import Authority, Said, differing, merge

AUTHORITIES = {"dbt": Authority("dbt", 30), "database": Authority("database", 40), "datahub": Authority("datahub", 50)}


def disputed(aspect: str, **values: object) -> list[str]:
    said = [Said(value, Point("urn:li:tag:a", aspect, source, 1, source)) for source, value in values.items()]
    return [one.point.source for one in merge(said, AUTHORITIES).disputes]  # type: ignore[type-var]


def test_columns_that_differ_in_type_or_description_are_disputed() -> None:
    warehouse = Schema((Column("ID", "NUMERIC(38,0)"), Column("note", "text")))
    assert disputed("schema", dbt=Schema((Column("id", "decimal"),)), database=warehouse) == []
    assert disputed("schema", dbt=Schema((Column("id", "text"),)), database=warehouse) == ["dbt"]
    words = [Schema((Column("id", description=text),)) for text in ("The key.", "A number.")]
    assert disputed("schema", dbt=words[0], datahub=words[1]) == ["datahub"]
    assert disputed("schema", dbt=words[0], datahub=Schema((Column("id"),))) == []


def test_a_check_that_passed_here_and_failed_there_is_disputed() -> None:
    passed, failed = (Checks((Check("unique", status, column="id"),)) for status in ("pass", "fail"))
    assert disputed("checks", dbt=passed, datahub=failed) == ["datahub"]
    assert disputed("checks", dbt=passed, datahub=passed) == []


def test_a_type_under_another_name_is_no_contradiction() -> None:
    assert differing(Column("a", "VARCHAR(10)"), Column("A", "character varying")) == ()
    assert differing(Column("a", "int"), Column("a", "varchar")) == ("type",)


def test_configured_precedence_counts_for_types_too() -> None:
    named = AUTHORITIES | {"dbt": Authority("dbt", 30, (("schema", 0),))}
    said = [
        Said(Schema((Column("id", kind),)), Point("urn:li:tag:a", "schema", source, 1, source))
        for source, kind in (("dbt", "text"), ("database", "int"))
    ]
    assert merge(said, AUTHORITIES).value.columns[0].type == "int"
    assert merge(said, named).value.columns[0].type == "text"
    assert Documentation.NAME not in dict(named["dbt"].places)
