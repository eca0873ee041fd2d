select w.work_order_id, w.store_id, w.work_order_kind, w.minutes, w.parts_cost_eur, b.model_code
from {{ ref('fct_work_orders') }} w
join {{ ref('dim_bike') }} b using (bike_id)
