"""Small catalogs that the retrieval tests share."""

from __future__ import annotations

from retrieval.document import ColumnText, Document, Signals


def table(name: str, *columns: str, urn: str = "", **facts: object) -> Document:
    """A public table of the shop, with whatever else a test needs to say of it."""
    known: dict[str, object] = {"platform": "postgres", "path": ("shop", "public"), "public": True}
    return Document(
        urn=urn or f"urn:{name}",
        name=name,
        columns=tuple(ColumnText(column) for column in columns),
        **(known | facts),  # type: ignore[arg-type]
    )


SHOP = (
    table("orders", "order_id", "customer_id", "ordered_at", "total_amount", description="One row for each order."),
    table("customers", "customer_id", "email", "country_code", description="People who buy."),
    table("fct_payments", "payment_id", "order_id", "amount", "paid_at", domains=("Finance",)),
    table("cust_acct_bal", "cust_id", "acct_no", "bal_amt", path=("bank", "core"), domains=("Finance",)),
    table("shipments", "shipment_id", "order_id", "shipped_at", "carrier", tags=("logistics",)),
    Document("urn:ana", "Ana Ruiz", kind="person", synonyms=("ana@shop.example",), public=True),
    Document("urn:revenue", "Revenue", kind="term", description="Money earned from orders.", public=True),
    Document("urn:sales", "Sales overview", kind="dashboard", platform="superset", signals=Signals(popularity=50)),
)
