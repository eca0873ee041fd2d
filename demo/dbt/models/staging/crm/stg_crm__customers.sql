select
    customer_key as crm_customer_key,
    account_id,
    customer_type,
    is_active,
    erp_no
from {{ source('raw_crm', 'customers') }}
