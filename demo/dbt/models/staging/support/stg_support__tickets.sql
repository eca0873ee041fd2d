select
    ticket_id,
    rider_id,
    topic,
    channel,
    status as ticket_status,
    opened_at,
    handle_minutes
from {{ source('raw_support', 'tickets') }}
