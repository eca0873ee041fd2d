select
    r.rider_id,
    md5(lower(r.email)) as email_hash,
    r.country,
    a.city,
    r.signup_channel,
    r.account_id is not null as is_employer_rider,
    r.account_id,
    date_part('year', r.birth_date) as birth_year,
    cast(r.created_at as date) as signed_up_on,
    i.old_customer_id,
    i.erp_customer_no,
    r.deleted_at is not null as is_deleted
from {{ ref('stg_app__riders') }} r
left join {{ ref('int_rider_identities') }} i using (rider_id)
left join {{ ref('stg_app__rider_addresses') }} a on a.rider_id = r.rider_id and a.kind = 'home'
