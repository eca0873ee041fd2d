select
    refund_id,
    invoice_id,
    amount as amount_eur,
    reason as refund_reason,
    refunded_at
from {{ source('raw_billing', 'refunds') }}
