select
    account_id,
    name as account_name,
    country,
    employees as employee_count,
    lifecycle,
    owner_login
from {{ source('raw_crm', 'accounts') }}
