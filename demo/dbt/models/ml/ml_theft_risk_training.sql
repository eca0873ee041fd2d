select
    b.bike_id,
    b.model_code,
    b.home_store_id,
    round(p.lat, 2) || '_' || round(p.lon, 2) as parking_cell,
    t.report_id is not null as stolen
from {{ ref('dim_bike') }} b
left join {{ ref('fct_thefts') }} t using (bike_id)
left join {{ ref('stg_events__bike_pings') }} p on p.device_id = b.iot_device_id
