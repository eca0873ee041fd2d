select
    d.date_day,
    b.bike_id,
    b.model_code,
    b.home_store_id as store_id,
    bool_or(a.assignment_id is not null) as is_assigned
from {{ ref('all_days') }} d
cross join {{ ref('stg_app__bikes') }} b
left join {{ ref('stg_app__bike_assignments') }} a
  on a.bike_id = b.bike_id
 and a.assigned_at <= d.date_day
 and (a.returned_at is null or a.returned_at > d.date_day)
where d.date_day between date '2026-11-01' and cast('{{ var("demo_now") }}' as date)
group by 1, 2, 3, 4
