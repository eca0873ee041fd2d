select
    m.month,
    r.country,
    count(*) as active_subscriptions,
    count(*) filter (where m.is_ending) as churned_subscriptions,
    count(*) filter (where m.is_ending) / count(*) as churn_rate
from {{ ref('int_subscription_months') }} m
join {{ ref('dim_rider', v=2) }} r using (rider_id)
group by 1, 2
