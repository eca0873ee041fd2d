select
    payment_id,
    invoice_id,
    psp_reference,
    method as payment_method,
    amount as amount_eur,
    status as payment_status,
    paid_at,
    iban_last4
from {{ source('raw_billing', 'payments') }}
