select
    assignment_id,
    bike_id,
    subscription_id,
    assigned_at,
    returned_at
from {{ source('raw_app', 'bike_assignments') }}
