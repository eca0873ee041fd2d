select
    t.report_id,
    t.bike_id,
    t.reported_at,
    t.recovered_at is not null as is_recovered,
    t.deductible_charged,
    b.model_code,
    b.home_store_id as store_id
from {{ ref('stg_app__theft_reports') }} t
join {{ ref('stg_app__bikes') }} b using (bike_id)
