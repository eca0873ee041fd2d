"""legacy_erp: nightly dump of the old ERP. Upper case, German abbreviations, amounts in local currency, few comments.

The ledger books each invoice and credit note of raw_billing once, except October's credit notes, which it booked twice:
that is the real error behind the failing reconciliation test.
"""

from __future__ import annotations

from datetime import timedelta

from demo.raw.billing import credited, invoices
from demo.raw.tables import Loaded, RawTable, Row, raw_table
from demo.raw.world import World

COMPANY_CODES = {"NL": "1000", "DE": "2000", "BE": "3000"}


def tables(world: World) -> list[RawTable]:
    loaded = ("LDTS", world.ago(hours=6))
    return [
        _customers(world, loaded),
        _addresses(world, loaded),
        _materials(world, loaded),
        _sales_heads(world, loaded),
        _ledger(world, loaded),
        _stock(world, loaded),
        _assignments(loaded),
    ]


def _customers(world: World, loaded: Loaded) -> RawTable:
    rng = world.stream("custmast")
    rows: list[Row] = [
        (
            f"{1000000 + i}",
            f"{r.last_name.upper()} {r.first_name[0]}",
            None,
            r.city.upper(),
            f"{rng.randint(1000, 9999)}",
            r.country,
            COMPANY_CODES[r.country],
            rng.choice(("X", "", None)),
            rng.choice(("01", "02", "9Z")),
            r.created_at.date(),
            f"K{100000 + i}",
        )
        for i, r in enumerate(world.riders[:110])
    ]
    columns = (
        "KUNNR VARCHAR, NAME1 VARCHAR, NAME2 VARCHAR, ORT01 VARCHAR, PSTLZ VARCHAR, LAND1 VARCHAR, BUKRS VARCHAR, "
        "X_FLG_3 VARCHAR, ZZ_KZ2 VARCHAR, DT_ANL DATE, ALTKN VARCHAR"
    )
    return raw_table("legacy_erp", "CUSTMAST", columns, rows, loaded)


def _addresses(world: World, loaded: Loaded) -> RawTable:
    rng = world.stream("kunnr_x01")
    rows: list[Row] = [
        (
            f"{1000000 + i}",
            rng.choice(("RE", "WE", "AG")),
            f"{rng.randint(0, 9)}",
            rng.choice(("", "S")),
            rng.randint(0, 3),
        )
        for i in range(90)
    ]
    columns = "KUNNR VARCHAR, PARVW VARCHAR, KDGRP VARCHAR, LOEVM VARCHAR, N_MAHN INTEGER"
    return raw_table("legacy_erp", "KUNNR_X01", columns, rows, loaded)


def _materials(world: World, loaded: Loaded) -> RawTable:
    rng = world.stream("matmast")
    rows: list[Row] = [
        (
            f"M{20000 + i}",
            text,
            rng.choice(("ERSA", "HAWA")),
            "ST",
            round(rng.uniform(0.4, 260), 2),
            rng.choice(("V", "S")),
        )
        for i, text in enumerate(
            f"{part} {model}"
            for part in ("KETTE", "BREMSHEBEL", "SCHLAUCH 28", "AKKU 504WH", "MOTOR F-NABE", "SCHLOSS AXA")
            for model in ("CITY7", "E3", "CARGO2", "KIDS20")
        )
    ]
    columns = "MATNR VARCHAR, MAKTX VARCHAR, MTART VARCHAR, MEINS VARCHAR, STPRS DOUBLE, VPRSV VARCHAR"
    return raw_table("legacy_erp", "MATMAST", columns, rows, loaded)


def _sales_heads(world: World, loaded: Loaded) -> RawTable:
    rng = world.stream("vbeln")
    rows: list[Row] = [
        (
            f"00{70000 + i}",
            f"{1000000 + rng.randint(0, 109)}",
            "ZB2B",
            world.moment(rng, 320).date(),
            round(rng.uniform(64, 9000), 2),
            "EUR",
            rng.choice(("A", "B", "C")),
        )
        for i in range(80)
    ]
    columns = "VBELN VARCHAR, KUNNR VARCHAR, AUART VARCHAR, ERDAT DATE, NETWR DOUBLE, WAERK VARCHAR, GBSTK VARCHAR"
    return raw_table("legacy_erp", "VBELN_H", columns, rows, loaded)


def _ledger(world: World, loaded: Loaded) -> RawTable:
    october = world.months(2)[0]
    rows: list[Row] = []
    for i in invoices(world):
        code = COMPANY_CODES[i.subscription.rider.country]
        rows.append(_booking(len(rows), code, "DR", i.issued_at.date(), i.net, i.invoice_id))
    for _, i, net in credited(world):
        code = COMPANY_CODES[i.subscription.rider.country]
        posted = (i.issued_at + timedelta(days=3)).date()
        for _copy in range(2 if i.month == october else 1):
            rows.append(_booking(len(rows), code, "DG", posted, -net, i.invoice_id))
    columns = (
        "BELNR VARCHAR, BUKRS VARCHAR, BLART VARCHAR, BUDAT DATE, AMT_LC DOUBLE, AMT_DC DOUBLE, WAERS VARCHAR, "
        "XBLNR VARCHAR, STORNO_KZ VARCHAR"
    )
    return raw_table("legacy_erp", "BKPF_DOC", columns, rows, loaded)


def _booking(number: int, code: str, kind: str, posted: object, amount: float, reference: int) -> Row:
    return (f"19{number:08d}", code, kind, str(posted), amount, amount, "EUR", str(reference), None)


def _stock(world: World, loaded: Loaded) -> RawTable:
    rng = world.stream("lgort")
    rows: list[Row] = [
        (f"M{20000 + i % 24}", f"{1 + i % 12:04d}", rng.randint(0, 140), rng.randint(0, 12)) for i in range(96)
    ]
    return raw_table(
        "legacy_erp", "LGORT_ST", "MATNR VARCHAR, LGORT VARCHAR, LABST INTEGER, SPEME INTEGER", rows, loaded
    )


def _assignments(loaded: Loaded) -> RawTable:
    rows: list[Row] = [(f"{i:03d}", f"Z{i % 5}", "1" if i % 3 else "2", None) for i in range(18)]
    return raw_table("legacy_erp", "T_ZUO", "ZUO_NR VARCHAR, ZUO_TYP VARCHAR, KZ VARCHAR, TXT VARCHAR", rows, loaded)
