select refund_id, invoice_id, amount_eur, refund_reason, refunded_at
from {{ ref('stg_billing__refunds') }}
