select
    w.swap_id,
    w.subscription_id,
    s.rider_id,
    w.store_id,
    w.reason_code,
    r.label as reason,
    r.is_breakdown,
    w.requested_at,
    w.done_at,
    date_diff('hour', w.requested_at, w.done_at) as hours_to_swap,
    date_diff('hour', w.requested_at, w.done_at) <= r.sla_hours as within_sla
from {{ ref('stg_app__swaps') }} w
join {{ ref('swap_reasons') }} r using (reason_code)
join {{ ref('stg_app__subscriptions') }} s using (subscription_id)
