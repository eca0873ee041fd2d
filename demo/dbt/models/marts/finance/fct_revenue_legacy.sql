select
    strftime(posted_on, '%Y%m') as per,
    company_code as bukrs,
    sum(amount_eur) as amt_lc
from {{ ref('stg_erp__ledger') }}
group by 1, 2
