select
    part_no,
    part_group,
    lead_days
from {{ source('raw_workshop', 'parts') }}
