select
    m.month,
    m.country,
    m.mrr_eur,
    b.mrr_budget_eur,
    c.active_subscriptions,
    c.churn_rate,
    s.swap_sla_rate
from {{ ref('fct_mrr_monthly') }} m
join {{ ref('fct_churn_monthly') }} c using (month, country)
left join {{ ref('budget_2026') }} b using (month, country)
left join (
    select cast(date_trunc('month', w.requested_at) as date) as month, d.country, avg(w.within_sla::int) as swap_sla_rate
    from {{ ref('fct_swaps') }} w
    join {{ ref('dim_store') }} d using (store_id)
    group by 1, 2
) s using (month, country)
