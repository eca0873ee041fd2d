select
    event_id,
    rider_id,
    event_name,
    platform,
    occurred_at
from {{ source('raw_events', 'app_events') }}
