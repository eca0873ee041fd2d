-- One row per subscription and month in which it was active at least one day.
with months as (
    select distinct cast(date_trunc('month', date_day) as date) as month
    from {{ ref('all_days') }}
    where date_day between date '2026-03-01' and cast('{{ var("demo_now") }}' as date)
)
select
    m.month,
    s.subscription_id,
    s.rider_id,
    s.plan_id,
    s.store_id,
    coalesce(s.price_override_eur, p.monthly_price_eur) as monthly_price_eur,
    date_trunc('month', s.started_on) = m.month as is_new,
    coalesce(date_trunc('month', s.ended_on) = m.month, false) as is_ending
from months m
join {{ ref('stg_app__subscriptions') }} s
  on s.started_on < m.month + interval 1 month
 and (s.ended_on is null or s.ended_on >= m.month)
join {{ ref('stg_app__plans') }} p using (plan_id)
