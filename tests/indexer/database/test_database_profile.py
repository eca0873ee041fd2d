"""What a profile tells, and what it never tells. Values of people stay in the database."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from database_words import Place, Told

from catalog import codec
from catalog.aspects import ColumnProfile, Freshness, Profile
from indexer.sources.database import personal
from indexer.sources.database.measures import kind_of

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def columns(told: Told, urn: str) -> dict[str, ColumnProfile]:
    return {one.column: one for one in told.get(urn, Profile).columns}


def parcels(place: Place, rows: int = 200) -> Place:
    """Parcels with a status, a weight, a time; half of them without a weight."""
    place.run(
        "CREATE TABLE parcels (id integer PRIMARY KEY, parcel_status varchar(20), grams decimal(10,2), "
        "loaded_at timestamp)"
    )
    values = [
        f"({i}, '{('new', 'sent', 'sent')[i % 3]}', {i if i % 2 else 'NULL'}, '2026-03-{1 + i % 20:02} 08:00:00')"
        for i in range(1, rows + 1)
    ]
    place.run(f"INSERT INTO parcels VALUES {', '.join(values)}")
    return place


def test_counts_shares_ranges_and_codes_of_a_small_table(place: Place) -> None:
    told = parcels(place).tell(profile=True)
    profile = told.get(place.urn("parcels"), Profile)
    assert (profile.rows, profile.sampled_rows) == (200, None)
    assert profile.measured_at is not None
    found = columns(told, place.urn("parcels"))
    assert (found["id"].null_share, found["id"].distinct, found["id"].distinct_share) == (0.0, 200, 1.0)
    assert (found["id"].low, found["id"].high) == ("1", "200")
    assert (found["grams"].null_share, found["grams"].low, found["grams"].high) == (0.5, "1", "199")
    assert found["parcel_status"].samples == ("sent", "new")
    assert found["loaded_at"].low == "2026-03-01T08:00:00+00:00"


def test_the_newest_load_is_the_freshness(place: Place) -> None:
    told = parcels(place).tell(profile=True)
    freshness = told.get(place.urn("parcels"), Freshness)
    assert freshness.loaded_at == datetime(2026, 3, 20, 8, tzinfo=UTC)
    assert freshness.checked_at is not None


def test_a_placeholder_far_in_the_future_is_no_load(place: Place) -> None:
    parcels(place).run("UPDATE parcels SET loaded_at = '2037-12-31 00:00:00' WHERE id = 1")
    assert place.tell(profile=True).get(place.urn("parcels"), Freshness).loaded_at == datetime(
        2026, 3, 20, 8, tzinfo=UTC
    )


def test_of_a_large_table_a_sample_is_read_and_said_to_be_one(place: Place) -> None:
    parcels(place, 8000)
    place.run({"sqlite": "ANALYZE", "mariadb": "ANALYZE TABLE parcels"}.get(place.engine, "ANALYZE parcels"))
    told = place.tell(profile=True, profile_rows=1000)
    profile = told.get(place.urn("parcels"), Profile)
    assert profile.rows == pytest.approx(8000, rel=0.1)
    assert profile.sampled_rows is not None
    assert 300 <= profile.sampled_rows <= 2048
    found = columns(told, place.urn("parcels"))
    assert found["id"].distinct is None
    assert found["id"].distinct_share == 1.0
    assert found["grams"].null_share == pytest.approx(0.5, abs=0.1)
    newest = told.aspects.get((place.urn("parcels"), "freshness"))
    if place.engine == "duckdb":  # reads one column of all rows cheaply; the others need an index for it
        assert isinstance(newest, Freshness)
        assert newest.loaded_at == datetime(2026, 3, 20, 8, tzinfo=UTC)
    place.run("CREATE INDEX parcels_loaded ON parcels (loaded_at)")
    told = place.tell(profile=True, profile_rows=1000)
    assert told.get(place.urn("parcels"), Freshness).loaded_at == datetime(2026, 3, 20, 8, tzinfo=UTC)


SECRETS = ["Ada Lovelace", "ada@shop.example", "+49 170 1234567", "1815-12-10", "424242", "12 Byron Street", "Countess"]


def people(place: Place) -> Place:
    """The same personal values in a table about people, and in one that does not say so."""
    shape = (
        "(id integer, full_name varchar(60), email varchar(60), phone varchar(40), birth_date date, customer_id integer, "
        "shipping_address varchar(60), salutation_type varchar(40))"
    )
    row = "'Ada Lovelace', 'ada@shop.example', '+49 170 1234567', '1815-12-10', 424242, '12 Byron Street', 'Countess'"
    for table in ("customers", "parcels"):
        place.run(f"CREATE TABLE {table} {shape}")
        place.run(f"INSERT INTO {table} VALUES {', '.join(f'({i}, {row})' for i in range(50))}")
    return place


def everything(told: Told) -> str:
    return json.dumps([codec.encode(value) for value in told.aspects.values()], ensure_ascii=False, default=str)


def test_no_value_of_a_person_leaves_the_database(place: Place) -> None:
    told = people(place).tell(profile=True)
    text = everything(told)
    assert [secret for secret in SECRETS if secret in text] == []
    for table in ("customers", "parcels"):
        found = columns(told, place.urn(table))
        assert found["email"].null_share == 0.0
        assert found["email"].distinct == 1
    assert columns(told, place.urn("parcels"))["id"].high == "49"
    assert columns(told, place.urn("customers"))["id"].high == ""


def test_the_check_above_finds_a_profile_that_tells_too_much(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: with the rules switched off, the same search finds personal values."""
    monkeypatch.setattr(personal, "may_show_range", lambda *_: True)
    monkeypatch.setattr(personal, "may_show_values", lambda *_: True)
    monkeypatch.setattr(personal, "_LIFETIME", timedelta(days=365 * 1000))
    monkeypatch.setattr(personal, "_SHAPES", personal.re.compile("(?!)"))
    text = everything(people(place).tell(profile=True))
    assert set(SECRETS) - {secret for secret in SECRETS if secret in text} == set()


def test_what_people_classed_is_not_shown_whatever_its_name(place: Place) -> None:
    parcels(place)
    classes = {"grams": ("confidential",), "parcel_status": ("public",)}
    found = columns(place.tell(profile=True, classified=lambda urn: classes), place.urn("parcels"))
    assert (found["grams"].low, found["grams"].high, found["grams"].null_share) == ("", "", 0.5)
    assert found["parcel_status"].samples == ("sent", "new")
    whole = columns(place.tell(profile=True, classified=lambda urn: {"": ("pii",)}), place.urn("parcels"))
    assert all(one.low == one.high == "" and one.samples == () for one in whole.values())


def test_codes_that_look_like_people_are_not_shown(place: Place) -> None:
    place.run("CREATE TABLE t (id integer, ticket_type varchar(40), parcel_type varchar(40), box_type varchar(40))")
    rows = ", ".join(
        f"({i}, 'a', '{('Ada Lovelace', 'Alan Turing')[i % 2]}', '{'rare' if i == 7 else 'usual'}')" for i in range(100)
    )
    place.run(f"INSERT INTO t VALUES {rows}")
    found = columns(place.tell(profile=True), place.urn("t"))
    assert found["parcel_type"].samples == ()
    assert found["box_type"].samples == ()


def test_when_the_time_is_over_the_rest_keeps_its_figures(place: Place) -> None:
    parcels(place).run("CREATE TABLE other (a integer)")
    told = place.tell(profile=True, profile_seconds=1e-9)
    assert {one.pointer for one in told.skipped} == {"other", "parcels"}
    assert not any(one.error for one in told.skipped)
    assert told.tables == ["other", "parcels"]
    assert not told.has(place.urn("parcels"), Profile)
    assert [locator.endswith("#profile") or locator == "" for locator in told.complete] == [False]


def test_views_are_not_run(place: Place) -> None:
    parcels(place).run("CREATE VIEW heavy AS SELECT a.id FROM parcels a, parcels b, parcels c, parcels d, parcels e")
    told = place.tell(profile=True)
    assert told.has(place.urn("parcels"), Profile)
    assert not told.has(place.urn("heavy"), Profile)


def test_text_in_a_column_of_numbers_is_not_shown(sqlite: Place) -> None:
    sqlite.run("CREATE TABLE t (amount integer)", "INSERT INTO t VALUES (1), ('Ada Lovelace')")
    found = columns(sqlite.tell(profile=True), sqlite.urn("t"))
    assert (found["amount"].low, found["amount"].high) == ("", "")


def test_times_without_end_do_not_stop_a_profile(postgres: Place) -> None:
    parcels(postgres).run("UPDATE parcels SET loaded_at = 'infinity' WHERE id = 1")
    told = postgres.tell(profile=True)
    assert told.skipped == []
    assert columns(told, postgres.urn("parcels"))["loaded_at"].high == "2026-03-20T08:00:00+00:00"


WITHHELD = [
    "email", "EMAIL_ADDRESS", "eMailAddr", "firstName", "last_name", "custname", "userid", "customer_id", "phone_no",
    "date_of_birth", "birthdate", "geburtsdatum", "kunden_nr", "strasse", "plz", "telefono", "code_postal", "salary",
    "ip", "ip_address", "lat", "ssn", "iban", "passport_no", "employee_number", "diagnosis_code", "driver_license",
    "notes", "createdByUser", "assignee", "CustMast", "member2",
]  # fmt: skip
SHOWN = ["amount", "quantity", "order_count", "created_at", "loaded_at", "total_price", "id", "line_no", "margin_pct"]


@pytest.mark.parametrize("name", WITHHELD)
def test_names_whose_range_is_withheld(name: str) -> None:
    assert not personal.may_show_range(name, False, ())
    assert not personal.may_show_values(f"{name}_type", False, ())


@pytest.mark.parametrize("name", SHOWN)
def test_names_whose_range_is_shown(name: str) -> None:
    assert personal.may_show_range(name, False, ())
    assert not personal.may_show_range(name, True, ())


@pytest.mark.parametrize(
    ("low", "high"),
    [
        (0, 491701234567),  # a phone number
        (123456789, 987654321),  # nine digits: tax and identity numbers
        (datetime(1931, 1, 1), datetime(2008, 1, 1)),
        ("a", "b"),
        (None, None),
    ],
)
def test_ranges_shaped_like_persons_are_withheld(low: object, high: object) -> None:
    assert personal.shown_range(low, high, NOW) == ("", "")


def test_only_frequent_short_codes_are_shown() -> None:
    assert personal.shown_values([("paid", 50), ("open", 60), (None, 3)]) == ("open", "paid")
    for value in (
        "ada@x.org",
        "Ada Lovelace",
        "0170 1234567",
        "10.0.0.1",
        "DE89370400",
        "why?",
        "x" * 40,
        "https://x.y",
    ):
        assert personal.shown_values([("paid", 50), (value, 60)]) == ()
    assert personal.shown_values([("paid", 50), ("rare", 2)]) == ()
    assert personal.shown_values([(f"v{i}", 50) for i in range(40)]) == ()


@pytest.mark.parametrize(
    ("type_", "kind"),
    [
        ("integer", "number"), ("int(11)", "number"), ("bigint(20) unsigned", "number"), ("HUGEINT", "number"),
        ("numeric(10,2)", "number"), ("double precision", "number"), ("interval", "other"), ("point", "other"),
        ("integer[]", "other"), ("STRUCT(a INTEGER)", "other"), ("json", "other"), ("bytea", "other"),
        ("timestamp with time zone", "time"), ("date", "time"), ("DATETIME", "time"), ("time", "other"),
        ("character varying(40)", "text"), ("enum('a','b')", "text"), ("TEXT", "text"), ("uuid", "text"),
        ("tinyint(1)", "boolean"), ("boolean", "boolean"), ("", "other"), ("int8", "number"), ("UBIGINT", "number"),
    ],
)  # fmt: skip
def test_kinds_of_types(type_: str, kind: str) -> None:
    assert kind_of(type_) == kind
