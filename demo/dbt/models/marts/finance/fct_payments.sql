select
    p.payment_id,
    p.invoice_id,
    p.payment_method,
    p.amount_eur,
    p.paid_at,
    date_diff('day', i.issued_at, p.paid_at) as days_to_pay
from {{ ref('stg_billing__payments') }} p
join {{ ref('stg_billing__invoices') }} i using (invoice_id)
