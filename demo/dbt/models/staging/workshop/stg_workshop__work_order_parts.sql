select
    work_order_id,
    part_no,
    quantity
from {{ source('raw_workshop', 'work_order_parts') }}
