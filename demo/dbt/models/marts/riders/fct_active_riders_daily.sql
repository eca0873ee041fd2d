select
    d.date_day,
    r.country,
    count(distinct e.rider_id) as active_riders_30d
from {{ ref('all_days') }} d
join {{ ref('stg_events__app_events') }} e
  on e.occurred_at > d.date_day - interval 30 day
 and e.occurred_at < d.date_day + interval 1 day
 and e.event_name = 'unlock'
join {{ ref('dim_rider', v=2) }} r using (rider_id)
where d.date_day between date '2026-10-24' and cast('{{ var("demo_now") }}' as date)
group by 1, 2
