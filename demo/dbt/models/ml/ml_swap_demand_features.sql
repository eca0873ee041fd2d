select
    s.store_id,
    date_trunc('day', s.requested_at) as day,
    count(*) as swaps,
    avg(u.utilisation) as utilisation
from {{ ref('fct_swaps') }} s
left join {{ ref('fct_bike_utilisation_daily') }} u
  on u.store_id = s.store_id and u.date_day = cast(s.requested_at as date)
group by 1, 2
