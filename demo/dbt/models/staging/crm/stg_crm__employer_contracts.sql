select
    contract_id,
    account_id,
    seats,
    starts_on,
    term_months,
    seat_price_eur
from {{ source('raw_crm', 'employer_contracts') }}
