select
    invoice_id,
    invoice_no,
    rider_id,
    account_id,
    subscription_id,
    cast(issued_at as date) as issued_on,
    period_start,
    net_amount_eur,
    vat_amount_eur,
    gross_amount_eur,
    credited_net_eur,
    net_amount_eur - credited_net_eur as net_after_credit_eur,
    invoice_status,
    country
from {{ ref('int_invoices_enriched') }}
