select
    deal_id,
    account_id,
    stage as deal_stage,
    seats,
    amount_eur,
    closed_on
from {{ source('raw_crm', 'deals') }}
