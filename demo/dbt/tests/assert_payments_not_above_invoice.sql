select p.payment_id
from {{ ref('fct_payments') }} p
join {{ ref('fct_invoices') }} i using (invoice_id)
where p.amount_eur > i.gross_amount_eur + 0.01
