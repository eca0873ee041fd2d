select
    c.old_customer_id as customer_id,
    c.customer_no,
    c.full_name as customer_name,
    c.email,
    c.city,
    i.rider_id
from {{ ref('stg_app__customers') }} c
left join {{ ref('int_rider_identities') }} i using (old_customer_id)
