-- Where a rider's bike most often stands at night, on a grid of about 1 km. This is a home address in all but name.
select
    s.rider_id,
    mode(round(t.lat, 2) || '_' || round(t.lon, 2)) as home_cell,
    count(*) as night_pings
from {{ ref('int_trips') }} t
join {{ ref('stg_app__bikes') }} b on b.iot_device_id = t.device_id
join {{ ref('stg_app__bike_assignments') }} a on a.bike_id = b.bike_id and a.returned_at is null
join {{ ref('stg_app__subscriptions') }} s using (subscription_id)
group by 1
