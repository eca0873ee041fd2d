select
    store_id,
    name as store_name,
    city,
    country,
    opened_on,
    closed_on,
    kind as store_kind
from {{ source('raw_app', 'stores') }}
