select
    i.invoice_id,
    i.invoice_no,
    i.rider_id,
    i.account_id,
    i.subscription_id,
    i.period_start,
    i.issued_at,
    i.net_amount_eur,
    i.vat_amount_eur,
    i.gross_amount_eur,
    i.invoice_status,
    coalesce(c.credited_net_eur, 0) as credited_net_eur,
    r.country
from {{ ref('stg_billing__invoices') }} i
join {{ ref('stg_app__riders') }} r using (rider_id)
left join (
    select invoice_id, sum(net_amount_eur) as credited_net_eur
    from {{ ref('stg_billing__credit_notes') }}
    group by 1
) c using (invoice_id)
