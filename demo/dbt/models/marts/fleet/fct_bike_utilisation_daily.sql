select
    date_day,
    store_id,
    model_code,
    count(*) as bikes,
    count(*) filter (where is_assigned) as bikes_assigned,
    count(*) filter (where is_assigned) / count(*) as utilisation
from {{ ref('int_bike_days') }}
group by 1, 2, 3
