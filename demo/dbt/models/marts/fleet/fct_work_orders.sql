select
    w.work_order_id,
    w.bike_id,
    w.store_id,
    w.work_order_kind,
    w.minutes,
    w.closed_at,
    w.mechanic_login,
    coalesce(sum(p.quantity * m.standard_price_eur), 0) as parts_cost_eur
from {{ ref('stg_workshop__work_orders') }} w
left join {{ ref('stg_workshop__work_order_parts') }} p using (work_order_id)
left join {{ ref('stg_erp__materials') }} m using (part_no)
group by all
