select plan_id, plan_code, plan_name, bike_model, monthly_price_eur, min_months, valid_to is null as is_sold
from {{ ref('stg_app__plans') }}
