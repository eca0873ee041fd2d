select
    device_id,
    trip_no,
    min(pinged_at) as started_at,
    max(pinged_at) as ended_at,
    arg_min(lat, pinged_at) as start_lat,
    arg_min(lon, pinged_at) as start_lon,
    max(speed_kmh) as top_speed_kmh
from {{ ref('int_trips') }}
group by 1, 2
