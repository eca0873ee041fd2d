select deal_id, account_id, deal_stage, seats, amount_eur, closed_on
from {{ ref('stg_crm__deals') }}
