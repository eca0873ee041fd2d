select
    credit_note_id,
    invoice_id,
    issued_at,
    net_amount as net_amount_eur,
    reason as credit_reason
from {{ source('raw_billing', 'credit_notes') }}
