select
    r.rider_id,
    r.country,
    r.city,
    count(distinct m.subscription_id) as subs,
    count(distinct w.swap_id) as swaps_12m,
    avg(t.handle_minutes) as avg_hm,
    max(h.home_cell) as hc
from {{ ref('dim_rider', v=2) }} r
left join {{ ref('int_subscription_months') }} m using (rider_id)
left join {{ ref('int_swaps_enriched') }} w using (rider_id)
left join {{ ref('stg_support__tickets') }} t using (rider_id)
left join {{ ref('int_rider_home_cells') }} h using (rider_id)
group by 1, 2, 3
