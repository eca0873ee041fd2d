select
    plan_id,
    plan_code,
    name as plan_name,
    bike_model,
    monthly_price_eur,
    deposit_eur,
    min_months,
    valid_from,
    valid_to
from {{ source('raw_app', 'plans') }}
