select bike_id, frame_no, model_code, iot_device_id, purchase_date, bike_status, home_store_id, retired_on
from {{ ref('stg_app__bikes') }}
