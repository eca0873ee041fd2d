"""raw_events, raw_support and raw_workshop: what bikes, riders and mechanics do all day."""

from __future__ import annotations

from demo.raw.tables import RawTable, Row, raw_table
from demo.raw.world import STORES, World

TOPICS = ("flat tyre", "battery", "invoice", "theft", "cancel", "plan change", "employer", "app login")
NOTES = (
    "Chain slipped, cleaned and tensioned",
    "Rear brake pads at 1 mm, replaced",
    "Battery holds 61%, swapped pack",
    "Rider says lock opens by itself, firmware 4.2",
    "Spokes loose on drive side",
    "No fault found",
)


def tables(world: World) -> list[RawTable]:
    return [*_events(world), *_support(world), *_workshop(world)]


def _events(world: World) -> list[RawTable]:
    rng = world.stream("events")
    loaded = ("_ingested_at", world.ago(hours=0.4))
    riders = [r.rider_id for r in world.riders]
    app: list[Row] = [
        (
            f"e{rng.getrandbits(40):010x}",
            rng.choice(riders),
            rng.choice(("open_app", "unlock", "request_swap", "view_invoice", "cancel_start")),
            rng.choice(("ios", "android")),
            world.moment(rng, 60),
        )
        for _ in range(600)
    ]
    web: list[Row] = [
        (
            f"s{rng.getrandbits(40):010x}",
            f"anon{rng.randint(1, 160)}",
            rng.choice(("google", "meta", "direct", "employer_portal")),
            rng.choice((None, None, None, rng.choice(riders))),
            world.moment(rng, 60),
        )
        for _ in range(300)
    ]
    pings: list[Row] = [
        (
            f"iot-{rng.choice(world.bike_ids)}",
            round(rng.uniform(50.8, 53.2), 5),
            round(rng.uniform(3.7, 13.4), 5),
            rng.randint(5, 100),
            round(rng.uniform(0, 26), 1),
            rng.choice((0, 0, 0, 1, 7)),
            world.moment(rng, 14),
        )
        for _ in range(900)
    ]
    exposures: list[Row] = [
        (
            rng.choice(riders),
            rng.choice(("pause_offer_v2", "swap_slot_picker")),
            rng.choice(("a", "b")),
            world.moment(rng, 50),
        )
        for _ in range(140)
    ]
    specs: tuple[tuple[str, str, list[Row]], ...] = (
        (
            "app_events",
            "event_id VARCHAR, rider_id INTEGER, event_name VARCHAR, platform VARCHAR, occurred_at TIMESTAMP",
            app,
        ),
        (
            "web_sessions",
            "session_id VARCHAR, anonymous_id VARCHAR, utm_source VARCHAR, rider_id INTEGER, started_at TIMESTAMP",
            web,
        ),
        (
            "bike_pings",
            "device_id VARCHAR, lat DOUBLE, lon DOUBLE, soc INTEGER, v_kmh DOUBLE, st_cd INTEGER, ts TIMESTAMP",
            pings,
        ),
        (
            "experiment_exposures",
            "rider_id INTEGER, experiment VARCHAR, variant VARCHAR, exposed_at TIMESTAMP",
            exposures,
        ),
    )
    return [raw_table("raw_events", name, columns, rows, loaded) for name, columns, rows in specs]


def _support(world: World) -> list[RawTable]:
    rng = world.stream("support")
    loaded = ("_loaded_at", world.ago(hours=1.5))
    tickets: list[Row] = [
        (
            12000 + i,
            rng.choice(world.riders).rider_id,
            rng.choice(TOPICS),
            rng.choice(("chat", "mail", "phone")),
            rng.choice(("solved", "solved", "open", "waiting")),
            world.moment(rng, 120),
            rng.randint(1, 2900),
        )
        for i in range(190)
    ]
    csat: list[Row] = [(12000 + i * 2, rng.randint(1, 5), world.moment(rng, 100)) for i in range(80)]
    chats: list[Row] = [
        (
            7500 + i,
            12000 + i * 3,
            f"Rider: problem with {rng.choice(TOPICS)}. Bot: I can book a swap.",
            rng.random() < 0.4,
            world.moment(rng, 90),
        )
        for i in range(60)
    ]
    specs: tuple[tuple[str, str, list[Row]], ...] = (
        (
            "tickets",
            "ticket_id INTEGER, rider_id INTEGER, topic VARCHAR, channel VARCHAR, status "
            "VARCHAR, opened_at TIMESTAMP, handle_minutes INTEGER",
            tickets,
        ),
        ("csat_answers", "ticket_id INTEGER, score INTEGER, answered_at TIMESTAMP", csat),
        (
            "chat_transcripts",
            "chat_id INTEGER, ticket_id INTEGER, transcript VARCHAR, escalated BOOLEAN, started_at TIMESTAMP",
            chats,
        ),
    )
    return [raw_table("raw_support", name, columns, rows, loaded) for name, columns, rows in specs]


def _workshop(world: World) -> list[RawTable]:
    rng = world.stream("workshop")
    loaded = ("_loaded_at", world.ago(hours=3))
    orders: list[Row] = [
        (
            81000 + i,
            rng.choice(world.bike_ids),
            rng.randint(1, len(STORES)),
            rng.choice(("repair", "service", "refurbish")),
            rng.choice(NOTES),
            rng.randint(5, 180),
            world.moment(rng, 200),
            f"mech{rng.randint(1, 24):02d}",
        )
        for i in range(260)
    ]
    used: list[Row] = [
        (81000 + rng.randint(0, 259), f"M{20000 + rng.randint(0, 23)}", rng.randint(1, 3)) for _ in range(340)
    ]
    parts: list[Row] = [
        (
            f"M{20000 + i}",
            ("chain", "brake lever", "inner tube", "battery pack", "hub motor", "lock")[i // 4],
            rng.randint(2, 45),
        )
        for i in range(24)
    ]
    specs: tuple[tuple[str, str, list[Row]], ...] = (
        (
            "work_orders",
            "work_order_id INTEGER, bike_id INTEGER, store_id INTEGER, kind VARCHAR, note "
            "VARCHAR, minutes INTEGER, closed_at TIMESTAMP, mechanic_login VARCHAR",
            orders,
        ),
        ("work_order_parts", "work_order_id INTEGER, part_no VARCHAR, quantity INTEGER", used),
        ("parts", "part_no VARCHAR, part_group VARCHAR, lead_days INTEGER", parts),
    )
    return [raw_table("raw_workshop", name, columns, rows, loaded) for name, columns, rows in specs]
