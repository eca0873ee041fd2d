"""raw_app: the rider app's PostgreSQL, replicated hourly; and `customers`, the old app's table nobody switched off."""

from __future__ import annotations

from datetime import date, timedelta

from demo.raw.tables import Loaded, RawTable, Row, raw_table
from demo.raw.world import PLANS, STORES, World

MODEL_PRICES = {"CITY7": 420.0, "E3": 1390.0, "CARGO2": 3150.0, "KIDS20": 190.0}
SWAP_REASONS = ("FLAT", "BRK", "CHN", "BAT", "MOT", "LCK", "SVC", "OTH")


def tables(world: World) -> list[RawTable]:
    loaded = ("_loaded_at", world.ago(hours=0.7))
    return [
        _riders(world, loaded),
        _addresses(world, loaded),
        _old_customers(world),
        _plans(loaded),
        _subscriptions(world, loaded),
        _subscription_events(world, loaded),
        _bikes(world, loaded),
        _assignments(world, loaded),
        _swaps(world, loaded),
        _stores(loaded),
        _thefts(world, loaded),
        _consents(world, loaded),
        _promos(world, loaded),
    ]


def _riders(world: World, loaded: Loaded) -> RawTable:
    rng = world.stream("riders")
    rows: list[Row] = [
        (
            r.rider_id,
            r.email,
            f"+31 6 {rng.randint(10000000, 99999999)}",
            r.first_name,
            r.last_name,
            None if rng.random() < 0.18 else r.birth_date,
            {"NL": "nl", "DE": "de", "BE": "nl-BE"}[r.country],
            r.country,
            rng.choice(("organic", "store", "paid_search", "paid_social", "referral", "employer")),
            rng.choice(world.riders).rider_id if rng.random() < 0.1 else None,
            r.account_id,
            r.created_at,
            world.moment(rng, 90),
            world.moment(rng, 60) if rng.random() < 0.03 else None,
        )
        for r in world.riders
    ]
    columns = (
        "rider_id INTEGER, email VARCHAR, phone VARCHAR, first_name VARCHAR, last_name VARCHAR, birth_date DATE, "
        "locale VARCHAR, country VARCHAR, signup_channel VARCHAR, referrer_rider_id INTEGER, account_id INTEGER, "
        "created_at TIMESTAMP, updated_at TIMESTAMP, deleted_at TIMESTAMP"
    )
    return raw_table("raw_app", "riders", columns, rows, loaded)


def _addresses(world: World, loaded: Loaded) -> RawTable:
    rng = world.stream("addresses")
    rows: list[Row] = [
        (
            80000 + i,
            r.rider_id,
            "home" if i % 7 else "billing",
            rng.choice(("Kanaalweg", "Stationsstraat", "Lindenallee")),
            str(rng.randint(1, 220)),
            f"{rng.randint(1011, 9999)} AB",
            r.city,
            r.country,
            round(rng.uniform(50.8, 53.2), 5),
            round(rng.uniform(3.7, 13.4), 5),
            world.moment(rng, 700),
        )
        for i, r in enumerate(world.riders)
    ]
    columns = (
        "address_id INTEGER, rider_id INTEGER, kind VARCHAR, street VARCHAR, house_no VARCHAR, postcode VARCHAR, "
        "city VARCHAR, country VARCHAR, lat DOUBLE, lon DOUBLE, updated_at TIMESTAMP"
    )
    return raw_table("raw_app", "rider_addresses", columns, rows, loaded)


def _old_customers(world: World) -> RawTable:
    rng = world.stream("old_customers")
    rows: list[Row] = [
        (
            i + 1,
            r.email,
            f"{r.first_name} {r.last_name}",
            f"06-{rng.randint(10000000, 99999999)}",
            r.city,
            date(2016, 4, 1) + timedelta(days=rng.randint(0, 2400)),
            f"K{100000 + i}",
            rng.choice(("J", "N", None)),
        )
        for i, r in enumerate(world.riders[:130])
    ]
    columns = (
        "id INTEGER, mail VARCHAR, naam VARCHAR, tel VARCHAR, plaats VARCHAR, aangemaakt DATE, klantnr VARCHAR, "
        "flg_nieuwsbrief VARCHAR"
    )
    return raw_table("raw_app", "customers", columns, rows)


def _plans(loaded: Loaded) -> RawTable:
    rows: list[Row] = [
        (
            i,
            code,
            name,
            model,
            price,
            0.0 if "B2B" in code else 50.0,
            months,
            date(2023, 1, 1),
            date(2025, 12, 31) if code == "KIDS-M" else None,
        )
        for i, (code, name, model, price, months) in enumerate(PLANS, start=1)
    ]
    columns = (
        "plan_id INTEGER, plan_code VARCHAR, name VARCHAR, bike_model VARCHAR, monthly_price_eur DOUBLE, "
        "deposit_eur DOUBLE, min_months INTEGER, valid_from DATE, valid_to DATE"
    )
    return raw_table("raw_app", "plans", columns, rows, loaded)


def _subscriptions(world: World, loaded: Loaded) -> RawTable:
    rng = world.stream("subscriptions")
    rows: list[Row] = []
    for s in world.subscriptions:
        paused = world.moment(rng, 80).date() if s.ended_on is None and rng.random() < 0.06 else None
        status = "ended" if s.ended_on else "paused" if paused else "active"
        reason = (
            rng.choice(("moved", "price", "bought_bike", "non_payment", "employer_left", None)) if s.ended_on else None
        )
        rows.append(
            (
                s.subscription_id,
                s.rider.rider_id,
                s.plan_id,
                s.store_id,
                status,
                s.started_on,
                paused,
                s.ended_on,
                reason,
                27.5 if rng.random() < 0.04 else None,
                world.moment(rng, 400),
                world.moment(rng, 60),
            )
        )
    columns = (
        "subscription_id INTEGER, rider_id INTEGER, plan_id INTEGER, store_id INTEGER, status "
        "VARCHAR, started_on DATE, "
        "paused_from DATE, ended_on DATE, end_reason VARCHAR, price_override_eur DOUBLE, created_at TIMESTAMP, "
        "updated_at TIMESTAMP"
    )
    return raw_table("raw_app", "subscriptions", columns, rows, loaded)


def _subscription_events(world: World, loaded: Loaded) -> RawTable:
    rng = world.stream("subscription_events")
    kinds = (
        "plan_changed",
        "paused",
        "resumed",
        "swap_requested",
        "payment_failed",
        "cancel_requested",
        "cancel_withdrawn",
    )
    rows: list[Row] = []
    for s in world.subscriptions:
        for kind in ("started", *rng.sample(kinds, rng.randint(0, 3)), *(("ended",) if s.ended_on else ())):
            rows.append((900000 + len(rows), s.subscription_id, kind, '{"actor": "rider"}', world.moment(rng, 260)))
    columns = "event_id INTEGER, subscription_id INTEGER, event_type VARCHAR, payload VARCHAR, occurred_at TIMESTAMP"
    return raw_table("raw_app", "subscription_events", columns, rows, loaded)


def _bikes(world: World, loaded: Loaded) -> RawTable:
    rng = world.stream("bikes")
    rows: list[Row] = []
    for bike_id in world.bike_ids:
        model = rng.choice(("CITY7", "CITY7", "E3", "E3", "E3", "CARGO2", "KIDS20"))
        status = rng.choice(("on_road",) * 7 + ("in_store", "in_workshop", "stolen", "retired"))
        rows.append(
            (
                bike_id,
                f"VR{model[:2]}{bike_id:07d}",
                model,
                f"iot-{bike_id}" if model != "CITY7" else None,
                world.moment(rng, 1300, 100).date(),
                MODEL_PRICES[model],
                status,
                rng.randint(1, len(STORES)),
                world.moment(rng, 200).date() if status == "retired" else None,
                world.moment(rng, 30),
            )
        )
    columns = (
        "bike_id INTEGER, frame_no VARCHAR, model_code VARCHAR, iot_device_id VARCHAR, purchase_date DATE, "
        "purchase_price_eur DOUBLE, status VARCHAR, home_store_id INTEGER, retired_on DATE, updated_at TIMESTAMP"
    )
    return raw_table("raw_app", "bikes", columns, rows, loaded)


def _assignments(world: World, loaded: Loaded) -> RawTable:
    rng = world.stream("assignments")
    rows: list[Row] = []
    for i, s in enumerate(world.subscriptions):
        bike = world.bike_ids[i % len(world.bike_ids)]
        rows.append((60000 + i, bike, s.subscription_id, s.started_on, s.ended_on))
        if rng.random() < 0.4:
            rows.append((65000 + i, rng.choice(world.bike_ids), s.subscription_id, world.moment(rng, 200).date(), None))
    columns = "assignment_id INTEGER, bike_id INTEGER, subscription_id INTEGER, assigned_at DATE, returned_at DATE"
    return raw_table("raw_app", "bike_assignments", columns, rows, loaded)


def _swaps(world: World, loaded: Loaded) -> RawTable:
    rng = world.stream("swaps")
    rows: list[Row] = []
    for i in range(210):
        asked = world.moment(rng, 240)
        s, store = rng.choice(world.subscriptions), rng.randint(1, len(STORES))
        rows.append(
            (
                40000 + i,
                s.subscription_id,
                rng.choice(world.bike_ids),
                rng.choice(world.bike_ids),
                rng.choice(SWAP_REASONS),
                asked,
                asked + timedelta(hours=round(rng.expovariate(1 / 20), 1)),
                rng.choice(("store", "home", "work")),
                store,
            )
        )
    columns = (
        "swap_id INTEGER, subscription_id INTEGER, old_bike_id INTEGER, new_bike_id INTEGER, reason_code VARCHAR, "
        "requested_at TIMESTAMP, done_at TIMESTAMP, place VARCHAR, store_id INTEGER"
    )
    return raw_table("raw_app", "swaps", columns, rows, loaded)


def _stores(loaded: Loaded) -> RawTable:
    rows: list[Row] = [
        (
            i,
            name,
            city,
            country,
            date(2016 + i % 8, 4, 1),
            date(2026, 7, 31) if name == "Leuven Vaart" else None,
            "hub" if i % 4 == 1 else "shop",
        )
        for i, (name, city, country) in enumerate(STORES, start=1)
    ]
    columns = (
        "store_id INTEGER, name VARCHAR, city VARCHAR, country VARCHAR, opened_on DATE, closed_on DATE, kind VARCHAR"
    )
    return raw_table("raw_app", "stores", columns, rows, loaded)


def _thefts(world: World, loaded: Loaded) -> RawTable:
    rng = world.stream("thefts")
    rows: list[Row] = [
        (
            7000 + i,
            rng.choice(world.bike_ids),
            rng.choice(world.riders).rider_id,
            world.moment(rng, 330),
            f"PL0900-2026{rng.randint(10000, 99999)}",
            world.moment(rng, 20) if rng.random() < 0.3 else None,
            round(rng.uniform(50.8, 53.2), 5),
            round(rng.uniform(3.7, 13.4), 5),
            rng.random() < 0.5,
        )
        for i in range(34)
    ]
    columns = (
        "report_id INTEGER, bike_id INTEGER, rider_id INTEGER, reported_at TIMESTAMP, police_ref VARCHAR, "
        "recovered_at TIMESTAMP, last_lat DOUBLE, last_lon DOUBLE, deductible_charged BOOLEAN"
    )
    return raw_table("raw_app", "theft_reports", columns, rows, loaded)


def _consents(world: World, loaded: Loaded) -> RawTable:
    rng = world.stream("consents")
    rows: list[Row] = [
        (
            r.rider_id,
            purpose,
            rng.random() < 0.7,
            world.moment(rng, 800),
            rng.choice(("app", "store", "web")),
            "2025-02",
        )
        for r in world.riders
        for purpose in ("newsletter", "location_history")
    ]
    columns = (
        "rider_id INTEGER, purpose VARCHAR, granted BOOLEAN, granted_at TIMESTAMP, source VARCHAR, text_version VARCHAR"
    )
    return raw_table("raw_app", "consents", columns, rows, loaded)


def _promos(world: World, loaded: Loaded) -> RawTable:
    rng = world.stream("promos")
    rows: list[Row] = [
        (
            5000 + i,
            rng.choice(("LENTE26", "STUDENT", "WERKGEVER10", "BERLIN5")),
            rng.choice(world.riders).rider_id,
            world.moment(rng, 200),
            rng.choice((5.0, 10.0, 15.0)),
        )
        for i in range(85)
    ]
    columns = "redemption_id INTEGER, promo_code VARCHAR, rider_id INTEGER, redeemed_at TIMESTAMP, discount_eur DOUBLE"
    return raw_table("raw_app", "promo_redemptions", columns, rows, loaded)
