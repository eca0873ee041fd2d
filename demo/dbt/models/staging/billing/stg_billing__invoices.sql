-- Drafts never reach us: the provider syncs an invoice once it is issued.
select
    invoice_id,
    invoice_no,
    rider_id,
    account_id,
    subscription_id,
    period_start,
    issued_at,
    due_on,
    net_amount as net_amount_eur,
    vat_amount as vat_amount_eur,
    gross_amount as gross_amount_eur,
    status as invoice_status
from {{ source('raw_billing', 'invoices') }}
