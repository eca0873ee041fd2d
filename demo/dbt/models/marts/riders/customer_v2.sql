-- copied from dim_customer for the Berlin pilot, 2024
select
    r.rider_id as customer_id,
    r.email,
    r.first_name,
    r.last_name,
    r.country,
    s.subscription_id,
    s.status,
    s.started_on as customer_since
from {{ ref('stg_app__riders') }} r
left join {{ ref('stg_app__subscriptions') }} s using (rider_id)
