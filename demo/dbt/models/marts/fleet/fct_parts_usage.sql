select p.part_no, k.part_group, k.lead_days, date_trunc('week', w.closed_at) as week, sum(p.quantity) as quantity
from {{ ref('stg_workshop__work_order_parts') }} p
join {{ ref('stg_workshop__work_orders') }} w using (work_order_id)
join {{ ref('stg_workshop__parts') }} k using (part_no)
group by all
