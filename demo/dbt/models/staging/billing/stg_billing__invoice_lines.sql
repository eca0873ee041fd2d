select
    line_id,
    invoice_id,
    line_type,
    description as line_description,
    quantity,
    net_amount as net_amount_eur
from {{ source('raw_billing', 'invoice_lines') }}
