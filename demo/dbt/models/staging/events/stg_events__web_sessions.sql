select
    session_id,
    anonymous_id,
    utm_source,
    rider_id,
    started_at
from {{ source('raw_events', 'web_sessions') }}
