select
    rider_id,
    purpose,
    granted as is_granted,
    granted_at,
    source as consent_source,
    text_version
from {{ source('raw_app', 'consents') }}
