select
    work_order_id,
    bike_id,
    store_id,
    kind as work_order_kind,
    note,
    minutes,
    closed_at,
    mechanic_login
from {{ source('raw_workshop', 'work_orders') }}
