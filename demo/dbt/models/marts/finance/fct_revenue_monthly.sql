select
    date_trunc('month', issued_on) as month,
    country,
    sum(net_after_credit_eur) as revenue_net_eur,
    sum(vat_amount_eur) as vat_eur,
    count(*) as invoices
from {{ ref('fct_invoices') }}
where invoice_status <> 'written_off'
group by 1, 2
