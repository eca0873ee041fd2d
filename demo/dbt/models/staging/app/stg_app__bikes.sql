select
    bike_id,
    frame_no,
    model_code,
    iot_device_id,
    purchase_date,
    purchase_price_eur,
    status as bike_status,
    home_store_id,
    retired_on
from {{ source('raw_app', 'bikes') }}
