"""raw_billing: invoices, payments and mandates from the billing provider; the ERP ledger books what it invoices."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from demo.raw.tables import Loaded, RawTable, Row, raw_table
from demo.raw.world import PLANS, Subscription, World

VAT_RATES = {"NL": 0.21, "DE": 0.19, "BE": 0.21}
MONTHS_BILLED = 9


@dataclass(frozen=True)
class Invoice:
    """One month of one subscription; amounts in euro."""

    invoice_id: int
    subscription: Subscription
    month: date
    issued_at: datetime
    net: float
    vat: float
    status: str


def invoices(world: World) -> list[Invoice]:
    """Every invoice of the last nine months, oldest first. The ledger of the ERP is made from the same list."""
    rng = world.stream("invoices")
    found: list[Invoice] = []
    for month in world.months(MONTHS_BILLED):
        for subscription in world.subscriptions:
            if subscription.active_in(month):
                found.append(_invoice(rng, 200000 + len(found), subscription, month, world.now))
    return [invoice for invoice in found if invoice.issued_at <= world.now]


def _invoice(rng: random.Random, number: int, subscription: Subscription, month: date, now: datetime) -> Invoice:
    issued = datetime(month.year, month.month, rng.randint(1, 5), rng.randint(2, 9), rng.randint(0, 59))
    net = round(PLANS[subscription.plan_id - 1][3] / 1.21, 2)
    vat = round(net * VAT_RATES[subscription.rider.country], 2)
    old = (now - issued).days > 30
    status = rng.choice(
        ("paid",) * 17 + ("paid", "overdue", "written_off") if old else ("paid", "paid", "paid", "open")
    )
    return Invoice(number, subscription, month, issued, net, vat, status)


def credited(world: World) -> list[tuple[int, Invoice, float]]:
    """Credit notes as (number, invoice, net amount): three fall in October, the month finance could not close."""
    rng = world.stream("credit_notes")
    october = world.months(2)[0]
    all_invoices = invoices(world)
    chosen = rng.sample([i for i in all_invoices if i.month < october], 22)
    chosen += rng.sample([i for i in all_invoices if i.month == october], 3)
    return [(9100 + n, invoice, round(invoice.net * rng.choice((1.0, 0.5)), 2)) for n, invoice in enumerate(chosen)]


def tables(world: World) -> list[RawTable]:
    loaded = ("_synced_at", world.ago(hours=2.1))
    billed = invoices(world)
    return [
        _invoices(billed, loaded),
        _lines(billed, loaded),
        _payments(world, billed, loaded),
        _refunds(world, billed, loaded),
        _mandates(world, loaded),
        _dunning(world, billed, loaded),
        _credit_notes(world, loaded),
    ]


def _invoices(billed: list[Invoice], loaded: Loaded) -> RawTable:
    rows: list[Row] = [
        (
            i.invoice_id,
            f"VR-{i.month:%Y%m}-{i.invoice_id % 100000:05d}",
            i.subscription.rider.rider_id,
            i.subscription.rider.account_id,
            i.subscription.subscription_id,
            i.month,
            i.issued_at,
            (i.issued_at + timedelta(days=14)).date(),
            "EUR",
            i.net,
            i.vat,
            round(i.net + i.vat, 2),
            i.status,
        )
        for i in billed
    ]
    columns = (
        "invoice_id INTEGER, invoice_no VARCHAR, rider_id INTEGER, account_id INTEGER, subscription_id INTEGER, "
        "period_start DATE, issued_at TIMESTAMP, due_on DATE, currency VARCHAR, net_amount DOUBLE, vat_amount DOUBLE, "
        "gross_amount DOUBLE, status VARCHAR"
    )
    return raw_table("raw_billing", "invoices", columns, rows, loaded)


def _lines(billed: list[Invoice], loaded: Loaded) -> RawTable:
    rows: list[Row] = []
    for i in billed:
        rows.append((500000 + len(rows), i.invoice_id, "subscription", PLANS[i.subscription.plan_id - 1][1], 1, i.net))
        if i.invoice_id % 9 == 0:
            rows.append((500000 + len(rows), i.invoice_id, "swap_fee", "Voorrijkosten / Anfahrt", 1, 0.0))
    columns = (
        "line_id INTEGER, invoice_id INTEGER, line_type VARCHAR, description VARCHAR, quantity "
        "INTEGER, net_amount DOUBLE"
    )
    return raw_table("raw_billing", "invoice_lines", columns, rows, loaded)


def _payments(world: World, billed: list[Invoice], loaded: Loaded) -> RawTable:
    rng = world.stream("payments")
    rows: list[Row] = [
        (
            300000 + n,
            i.invoice_id,
            f"psp_{rng.getrandbits(48):012x}",
            rng.choice(("sepa_dd",) * 5 + ("card", "ideal")),
            round(i.net + i.vat, 2),
            "settled",
            i.issued_at + timedelta(days=rng.randint(0, 9)),
            f"{rng.randint(0, 9999):04d}",
        )
        for n, i in enumerate(billed)
        if i.status == "paid"
    ]
    columns = (
        "payment_id INTEGER, invoice_id INTEGER, psp_reference VARCHAR, method VARCHAR, amount DOUBLE, status VARCHAR, "
        "paid_at TIMESTAMP, iban_last4 VARCHAR"
    )
    return raw_table("raw_billing", "payments", columns, rows, loaded)


def _refunds(world: World, billed: list[Invoice], loaded: Loaded) -> RawTable:
    rng = world.stream("refunds")
    rows: list[Row] = [
        (
            8000 + n,
            i.invoice_id,
            round(i.net * 0.5, 2),
            rng.choice(("theft", "goodwill", "double_charge")),
            i.issued_at + timedelta(days=rng.randint(5, 15)),
        )
        for n, i in enumerate(rng.sample(billed, 38))
    ]
    columns = "refund_id INTEGER, invoice_id INTEGER, amount DOUBLE, reason VARCHAR, refunded_at TIMESTAMP"
    return raw_table("raw_billing", "refunds", columns, rows, loaded)


def _mandates(world: World, loaded: Loaded) -> RawTable:
    rng = world.stream("mandates")
    rows: list[Row] = [
        (
            4000 + n,
            r.rider_id,
            f"{r.country}{rng.randint(10, 99)}VRAD0{rng.randint(10**8, 10**9 - 1)}",
            "VRADNL2U",
            r.created_at.date(),
            rng.choice(("active", "active", "active", "revoked")),
        )
        for n, r in enumerate(world.riders)
        if r.account_id is None
    ]
    columns = "mandate_id INTEGER, rider_id INTEGER, iban VARCHAR, bic VARCHAR, signed_on DATE, status VARCHAR"
    return raw_table("raw_billing", "mandates", columns, rows, loaded)


def _dunning(world: World, billed: list[Invoice], loaded: Loaded) -> RawTable:
    rng = world.stream("dunning")
    late = [i for i in billed if i.status in ("overdue", "written_off")]
    rows: list[Row] = [
        (
            6000 + n,
            i.invoice_id,
            rng.randint(1, 3),
            i.issued_at + timedelta(days=21),
            rng.choice(("mail", "sms", "letter")),
        )
        for n, i in enumerate(late)
    ]
    columns = "step_id INTEGER, invoice_id INTEGER, level INTEGER, sent_at TIMESTAMP, channel VARCHAR"
    return raw_table("raw_billing", "dunning_steps", columns, rows, loaded)


def _credit_notes(world: World, loaded: Loaded) -> RawTable:
    rows: list[Row] = [
        (number, i.invoice_id, i.issued_at + timedelta(days=3), net, "correction") for number, i, net in credited(world)
    ]
    columns = "credit_note_id INTEGER, invoice_id INTEGER, issued_at TIMESTAMP, net_amount DOUBLE, reason VARCHAR"
    return raw_table("raw_billing", "credit_notes", columns, rows, loaded)
