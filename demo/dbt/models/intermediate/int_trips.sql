-- Pings of one bike less than 20 minutes apart are one trip.
with gaps as (
    select
        *,
        case when pinged_at - lag(pinged_at) over (partition by device_id order by pinged_at) < interval 20 minute
             then 0 else 1 end as starts_trip
    from {{ ref('stg_events__bike_pings') }}
)
select
    device_id,
    sum(starts_trip) over (partition by device_id order by pinged_at) as trip_no,
    pinged_at,
    lat,
    lon,
    speed_kmh,
    battery_pct
from gaps
