select
    swap_id,
    subscription_id,
    old_bike_id,
    new_bike_id,
    reason_code,
    requested_at,
    done_at,
    place,
    store_id
from {{ source('raw_app', 'swaps') }}
