select
    r.rider_id,
    date_diff('month', r.signed_up_on, cast('{{ var("demo_now") }}' as date)) as tenure_months,
    r.birth_year,
    r.is_employer_rider,
    coalesce(w.swaps_90d, 0) as swaps_90d,
    coalesce(w.breakdowns_90d, 0) as breakdowns_90d,
    coalesce(p.failed_payments_180d, 0) as failed_payments_180d,
    coalesce(t.tickets_90d, 0) as tickets_90d,
    h.home_cell
from {{ ref('dim_rider', v=2) }} r
left join (
    select rider_id, count(*) as swaps_90d, count(*) filter (where is_breakdown) as breakdowns_90d
    from {{ ref('fct_swaps') }}
    where requested_at > cast('{{ var("demo_now") }}' as timestamp) - interval 90 day
    group by 1
) w using (rider_id)
left join (
    select rider_id, count(*) as failed_payments_180d
    from {{ ref('fct_subscription_events') }}
    where event_type = 'payment_failed'
    group by 1
) p using (rider_id)
left join (
    select rider_id, count(*) as tickets_90d
    from {{ ref('fct_tickets') }}
    group by 1
) t using (rider_id)
left join {{ ref('int_rider_home_cells') }} h using (rider_id)
where not r.is_deleted
