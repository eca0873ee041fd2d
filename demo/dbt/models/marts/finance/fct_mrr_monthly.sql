select
    m.month,
    i.country,
    count(distinct m.subscription_id) as subscriptions,
    sum(i.net_amount_eur) as mrr_eur,
    sum(i.net_amount_eur) filter (where m.is_new) as new_mrr_eur,
    sum(i.net_amount_eur) filter (where m.is_ending) as churned_mrr_eur
from {{ ref('int_subscription_months') }} m
join {{ ref('fct_invoices') }} i
  on i.subscription_id = m.subscription_id
 and i.period_start = m.month
group by 1, 2
