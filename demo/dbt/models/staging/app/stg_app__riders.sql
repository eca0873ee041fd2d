-- Test accounts are dropped here and nowhere else.
select
    rider_id,
    email,
    phone,
    first_name,
    last_name,
    birth_date,
    locale,
    country,
    signup_channel,
    referrer_rider_id,
    account_id,
    created_at,
    updated_at,
    deleted_at
from {{ source('raw_app', 'riders') }}
where email not like '%@veldrad.example'
