select
    subscription_id,
    rider_id,
    plan_id,
    store_id,
    status,
    started_on,
    paused_from,
    ended_on,
    end_reason,
    price_override_eur,
    updated_at
from {{ source('raw_app', 'subscriptions') }}
