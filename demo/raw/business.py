"""raw_crm, raw_hr and raw_marketing: what sales, the people team and growth work with."""

from __future__ import annotations

from datetime import date, timedelta

from demo.raw.tables import RawTable, Row, raw_table
from demo.raw.world import FIRST_NAMES, LAST_NAMES, World

EMPLOYERS = (
    "Stadtwerke",
    "Ziekenhuis",
    "Hogeschool",
    "Verzekeraar",
    "Logistiek",
    "Brauerei",
    "Adviesgroep",
    "Klinik",
    "Gemeente",
)
DEPARTMENTS = (
    "Workshops",
    "Rider Support",
    "Engineering",
    "Data",
    "Finance",
    "People",
    "Growth",
    "B2B Sales",
    "Supply",
)
STALE_AD_SPEND_DAYS = 9  # the connector's token expired on 14 November and nobody had the account any more


def tables(world: World) -> list[RawTable]:
    return [*_crm(world), *_hr(world), *_marketing(world)]


def _crm(world: World) -> list[RawTable]:
    rng = world.stream("crm")
    loaded = ("_fivetran_synced", world.ago(hours=4))
    accounts: list[Row] = [
        (
            a,
            f"{EMPLOYERS[a % len(EMPLOYERS)]} {rng.choice(LAST_NAMES)}",
            rng.choice(("NL", "DE", "BE")),
            rng.randint(40, 6000),
            rng.choice(("prospect", "customer", "customer", "churned")),
            rng.choice(("p.goossens", "a.kaya", "j.brandt")),
        )
        for a in world.account_ids
    ]
    contacts: list[Row] = [
        (
            2000 + i,
            rng.choice(world.account_ids),
            f"{rng.choice(FIRST_NAMES)} {rng.choice(LAST_NAMES)}",
            f"hr{i}@employer.example",
            rng.choice(("HR", "Mobility", "Finance")),
        )
        for i in range(70)
    ]
    deals: list[Row] = [
        (
            3000 + i,
            rng.choice(world.account_ids),
            rng.choice(("won", "lost", "negotiation", "offer")),
            rng.randint(5, 220),
            float(rng.randint(4, 160) * 1000),
            world.moment(rng, 320).date(),
        )
        for i in range(95)
    ]
    customers: list[Row] = [
        (f"cus_{a}", a, rng.choice(("employer", "reseller")), rng.random() < 0.8, f"K9{a}")
        for a in world.account_ids[:30]
    ]
    contracts: list[Row] = [
        (
            600 + i,
            a,
            rng.randint(5, 120),
            date(2025, 1, 1) + timedelta(days=rng.randint(0, 500)),
            rng.choice((24, 36)),
            64.0,
        )
        for i, a in enumerate(world.account_ids[:28])
    ]
    specs: tuple[tuple[str, str, list[Row]], ...] = (
        (
            "accounts",
            "account_id INTEGER, name VARCHAR, country VARCHAR, employees INTEGER, lifecycle "
            "VARCHAR, owner_login VARCHAR",
            accounts,
        ),
        (
            "contacts",
            "contact_id INTEGER, account_id INTEGER, full_name VARCHAR, email VARCHAR, role VARCHAR",
            contacts,
        ),
        (
            "deals",
            "deal_id INTEGER, account_id INTEGER, stage VARCHAR, seats INTEGER, amount_eur DOUBLE, closed_on DATE",
            deals,
        ),
        (
            "customers",
            "customer_key VARCHAR, account_id INTEGER, customer_type VARCHAR, is_active BOOLEAN, erp_no VARCHAR",
            customers,
        ),
        (
            "employer_contracts",
            "contract_id INTEGER, account_id INTEGER, seats INTEGER, starts_on DATE, "
            "term_months INTEGER, seat_price_eur DOUBLE",
            contracts,
        ),
    )
    return [raw_table("raw_crm", name, columns, rows, loaded) for name, columns, rows in specs]


def _hr(world: World) -> list[RawTable]:
    rng = world.stream("hr")
    loaded = ("_loaded_at", world.ago(hours=9))
    employees: list[Row] = [
        (
            100 + i,
            f"{rng.choice(FIRST_NAMES)} {rng.choice(LAST_NAMES)}",
            rng.choice(DEPARTMENTS),
            date(rng.randint(1964, 2004), rng.randint(1, 12), rng.randint(1, 28)),
            f"{rng.randint(10**8, 10**9 - 1)}",
            world.moment(rng, 2400, 40).date(),
            world.moment(rng, 200).date() if rng.random() < 0.12 else None,
            rng.choice((0.6, 0.8, 1.0, 1.0)),
            rng.choice(("NL", "DE", "BE")),
        )
        for i in range(96)
    ]
    payroll: list[Row] = [
        (50000 + n * 100 + i, 100 + i, month, float(rng.randint(2400, 9800)), float(rng.randint(0, 600)))
        for n, month in enumerate(world.months(4))
        for i in range(96)
    ]
    absences: list[Row] = [
        (
            900 + i,
            100 + rng.randint(0, 95),
            rng.choice(("sick", "parental", "holiday", "unpaid")),
            world.moment(rng, 300).date(),
            rng.randint(1, 20),
        )
        for i in range(110)
    ]
    candidates: list[Row] = [
        (
            i,
            f"{rng.choice(FIRST_NAMES)} {rng.choice(LAST_NAMES)}",
            rng.choice(DEPARTMENTS),
            rng.choice(("screen", "onsite", "offer")),
            rng.randint(1, 5),
        )
        for i in range(40)
    ]
    specs: tuple[tuple[str, str, list[Row]], ...] = (
        (
            "employees",
            "employee_id INTEGER, full_name VARCHAR, department VARCHAR, birth_date DATE, bsn "
            "VARCHAR, hired_on DATE, left_on DATE, fte DOUBLE, country VARCHAR",
            employees,
        ),
        (
            "payroll_lines",
            "line_id INTEGER, employee_id INTEGER, month DATE, gross_salary_eur DOUBLE, bonus_eur DOUBLE",
            payroll,
        ),
        ("absences", "absence_id INTEGER, employee_id INTEGER, kind VARCHAR, starts_on DATE, days INTEGER", absences),
        (
            "candidates",
            "candidate_id INTEGER, full_name VARCHAR, department VARCHAR, stage VARCHAR, score INTEGER",
            candidates,
        ),
    )
    return [raw_table("raw_hr", name, columns, rows, loaded) for name, columns, rows in specs]


def _marketing(world: World) -> list[RawTable]:
    rng = world.stream("marketing")
    stale = ("_fivetran_synced", world.ago(days=STALE_AD_SPEND_DAYS))
    fresh = ("_fivetran_synced", world.ago(hours=5))
    spend: list[Row] = [
        (
            world.ago(days=day).date(),
            channel,
            100 + rng.randint(0, 11),
            round(rng.uniform(80, 900), 2),
            rng.randint(20, 900),
        )
        for day in range(STALE_AD_SPEND_DAYS, 70)
        for channel in ("google_ads", "meta")
    ]
    campaigns: list[Row] = [
        (100 + i, f"2026 {city} {rng.choice(('lente', 'herfst'))}", "always_on")
        for i, city in enumerate(("Utrecht", "Berlin", "Gent", "Köln", "Hamburg", "Leuven") * 2)
    ]
    letters: list[Row] = [(r.email, world.moment(rng, 500), rng.random() < 0.2) for r in world.riders[:90]]
    return [
        raw_table(
            "raw_marketing",
            "ad_spend_daily",
            "spend_date DATE, channel VARCHAR, campaign_id INTEGER, spend_eur DOUBLE, clicks INTEGER",
            spend,
            stale,
        ),
        raw_table("raw_marketing", "campaigns", "campaign_id INTEGER, name VARCHAR, kind VARCHAR", campaigns, fresh),
        raw_table(
            "raw_marketing",
            "newsletter_signups",
            "email VARCHAR, signed_up_at TIMESTAMP, unsubscribed BOOLEAN",
            letters,
            fresh,
        ),
    ]
