select
    report_id,
    bike_id,
    rider_id,
    reported_at,
    police_ref,
    recovered_at,
    last_lat,
    last_lon,
    deductible_charged
from {{ source('raw_app', 'theft_reports') }}
