select
    r.rider_id,
    r.email,
    r.first_name || ' ' || r.last_name as full_name,
    r.country,
    r.created_at,
    i.old_customer_id
from {{ ref('stg_app__riders') }} r
left join {{ ref('int_rider_identities') }} i using (rider_id)
