select customer_id, customer_no, customer_name, city, rider_id is not null as flg_mig
from {{ ref('dim_customer') }}
