select
    device_id,
    lat,
    lon,
    soc as battery_pct,
    v_kmh as speed_kmh,
    st_cd,
    ts as pinged_at
from {{ source('raw_events', 'bike_pings') }}
