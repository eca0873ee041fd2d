select
    event_id,
    subscription_id,
    event_type,
    payload,
    occurred_at
from {{ source('raw_app', 'subscription_events') }}
